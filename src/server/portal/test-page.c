/* What is read out of pages, and what two times the same page are to each other. */
#include "base/test.h"

#include "base/alloc.h"
#include "base/str.h"
#include "server/portal/compare.h"
#include "server/portal/judge.h"
#include "server/portal/limits.h"
#include "server/portal/store.h"
#include "server/portal/style.h"

static struct kh_word_list words;

static int setup(void **state)
{
	(void)state;
	kh_auto_free char *path = kh_format("%s/packs/lists/web-injected.yaml", getenv("KHIEN_SOURCE"));
	return kh_word_list_load(path, &words);
}

static int teardown(void **state)
{
	(void)state;
	kh_word_list_done(&words);
	return 0;
}

static struct kh_page parse(const char *html, const char *changing)
{
	struct kh_page page;
	const struct kh_page_options options = {.url = "https://hoa-mai.example/muc/", .words = &words, .changing = changing};
	kh_page_parse(html, strlen(html), &options, &page);
	return page;
}

static const struct kh_page_find *find(const struct kh_page *page, enum kh_find_kind kind)
{
	kh_array_each(&page->finds, one)
		if (one->kind == kind)
			return one;
	return NULL;
}

static bool has_line(const struct kh_page *page, const char *text)
{
	kh_array_each(&page->lines, line)
		if (kh_streq(line->text, text))
			return true;
	return false;
}

/* ---- a page ---- */

static void text_as_readers_see_it(void **state)
{
	(void)state;
	kh_auto_page struct kh_page page = parse("<title> Trang \n Hoa Mai </title><style>.an{display:none}</style><body><p>Phường <b>Hoa</b>\n Mai</p><p>Ngày 21/11/2026</p><script>var x='no'</script>"
						 "<div style='display:none'>ẩn</div><div class='an'>cũng ẩn</div><div hidden>ẩn nữa</div><ul><li>Một<li>Hai</ul>", NULL);
	assert_string_equal(page.title, "Trang Hoa Mai");
	assert_int_equal(page.lines.n, 4);
	assert_true(has_line(&page, "Phường Hoa Mai"));
	assert_true(has_line(&page, "Ngày #/#/#")); /* dates and counters change by themselves */
	assert_true(page.lines.v[2].region == page.lines.v[3].region && page.lines.v[2].region != page.lines.v[0].region);
	assert_int_equal(page.finds.n, 0);
}

static void parts_that_somebody_named(void **state)
{
	(void)state;
	kh_auto_page struct kh_page page = parse("<div id=a class='b c'><p>một</p></div><div class=d><span class=e>hai</span></div><p class=e>ba</p>", "#a.c p\ndiv.d .e\nkhông > hiểu\n");
	assert_int_equal(page.lines.n, 1);
	assert_string_equal(page.lines.v[0].text, "ba");
}

static void links_and_sites(void **state)
{
	(void)state;
	kh_auto_page struct kh_page page = parse("<a href='/gioi-thieu'>a</a><a href='tin/1#x'>b</a><a href='https://www.hoa-mai.example/c'>c</a><a href='javascript:x()'>d</a>"
						 "<a href='//ngoai.example/'>e</a><div style='left:-9999px'><a href='https://ngoai.example/2'>f</a></div>", NULL);
	assert_int_equal(page.inner.n, 3);
	assert_string_equal(page.inner.v[1], "https://hoa-mai.example/muc/tin/1");
	assert_int_equal(page.sites.n, 1);
	assert_string_equal(page.sites.v[0].host, "ngoai.example");
	assert_int_equal(page.sites.v[0].links, 2);
	assert_int_equal(page.sites.v[0].hidden, 1);
}

static void finds_of_attacks(void **state)
{
	(void)state;
	static const struct {
		const char *html;
		enum kh_find_kind kind;
		bool there;
	} cases[] = {
		{"<a href='https://x.example/'>Nhà cái uy tín</a>", KH_FIND_BETTING_LINK, true},
		{"<a href='https://x.example/'>nha cai</a>", KH_FIND_BETTING_LINK, true},
		{"<a href='https://x.example/'>nhà cải tạo</a>", KH_FIND_BETTING_LINK, false},
		{"<a href='/tin'>Phá ổ cá cược bóng đá</a>", KH_FIND_BETTING_LINK, false},
		{"<a href='https://so.gov.vn/tin'>Phá ổ cá cược bóng đá</a>", KH_FIND_BETTING_LINK, false},
		{"<a href='https://fb88.example/'>x</a>", KH_FIND_BETTING_LINK, true},
		{"<p>Phá ổ cá cược bóng đá</p>", KH_FIND_BETTING_TEXT, true},
		{"<p style='font-size:0px'>soi kèo</p>", KH_FIND_BETTING_HIDDEN, true},
		{"<p style='font-size:10px'>soi kèo</p>", KH_FIND_BETTING_HIDDEN, false},
		{"<p style='text-indent: -9999px'>soi kèo</p>", KH_FIND_BETTING_HIDDEN, true},
		{"<title>HaCkEd By x</title>", KH_FIND_BOAST, true},
		{"<h1>Trang này đã bị hack</h1>", KH_FIND_BOAST, true},
		{"<iframe src='https://x.example/' width=1 height=1></iframe>", KH_FIND_FRAME, true},
		{"<iframe src='https://x.example/' width=560 height=315></iframe>", KH_FIND_FRAME, false},
		{"<iframe src='https://www.youtube.com/embed/1' style='display:none'></iframe>", KH_FIND_FRAME, false},
		{"<script src='https://x.example/coinhive.min.js'></script>", KH_FIND_MALWARE, true},
		{"<script>window.location = 'https://x.example/a'</script>", KH_FIND_REDIRECT, true},
		{"<script>location.replace(\"https://x.example/a\")</script>", KH_FIND_REDIRECT, true},
		{"<script>var location_text = 'https://x.example/a'</script>", KH_FIND_REDIRECT, false},
		{"<script>location.href='/moi'</script>", KH_FIND_REDIRECT, false},
		{"<meta http-equiv=Refresh content='0; URL=https://x.example/'>", KH_FIND_REDIRECT, true},
		{"<meta http-equiv=refresh content=\"0;url='https://x.example/'\">", KH_FIND_REDIRECT, true},
		{"<meta http-equiv=refresh content='300'>", KH_FIND_REDIRECT, false},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_page struct kh_page page = parse(cases[i].html, NULL);
		if ((find(&page, cases[i].kind) != NULL) != cases[i].there)
			fail_msg("%s", cases[i].html);
	}
}

static void hosts(void **state)
{
	(void)state;
	static const struct {
		const char *url, *host; /* NULL: none */
	} cases[] = {
		{"https://A.example:8443/x", "a.example"}, {"http://u:p@b.example?x", "b.example"}, {"https://[::1]:9/", "::1"},   {"https://c.example\\@d.example/", "c.example"},
		{"ftp://e.example/", NULL},		   {"https:///x", NULL},		    {"javascript:alert(1)", NULL},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		char host[KH_HOST_SIZE] = "";
		assert_int_equal(kh_url_host(cases[i].url, host), cases[i].host != NULL);
		assert_string_equal(host, cases[i].host ? cases[i].host : "");
	}
	assert_true(kh_host_same_site("www.a.example", "a.example") && kh_host_same_site("tin.a.example", "a.example"));
	assert_false(kh_host_same_site("xa.example", "a.example") || kh_host_same_site("a.example.evil", "a.example"));
}

static void limits_hold(void **state)
{
	(void)state;
	struct kh_buf b = KH_BUF_INIT;
	for (int i = 0; i < 150000; i++)
		kh_buf_addf(&b, "<i id=x%c%c%c><p>dòng %c%c%c%c", 'a' + i % 26, 'a' + i / 26 % 26, 'a' + i / 676 % 26, 'a' + i % 26, 'a' + i / 26 % 26, 'a' + i / 676 % 26, 'a' + i / 17576 % 26);
	kh_auto_page struct kh_page page = parse(kh_buf_text(&b), "i i i i p\nx");
	kh_buf_done(&b);
	assert_true(page.partly);
	assert_true(page.lines.n <= KH_PAGE_MAX_LINES && page.shapes.n <= KH_PAGE_MAX_SHAPES);
}

static void over_the_wire_and_back(void **state)
{
	(void)state;
	kh_auto_page struct kh_page page = parse("<title>t</title><ul id=u><li>a <a href='https://fb88.example/'>b</a></ul><iframe src='https://y.example/' height=0></iframe><a href=/c>c</a>", NULL), back = {0};
	kh_auto_json json_t *json = kh_page_json(&page);
	assert_int_equal(kh_page_of_json(json, &back), 0);
	kh_auto_json json_t *again = kh_page_json(&back);
	assert_true(json_equal(json, again));
	static const char *const bad[] = {"{}", "{'title':1}", "{'title':'t','partly':false,'lines':[[1]],'shapes':[],'sites':[],'inner':[],'frames':[],'scripts':[],'finds':[]}",
					  "{'title':'t','partly':false,'lines':[],'shapes':[2,1],'sites':[],'inner':[],'frames':[],'scripts':[],'finds':[]}",
					  "{'title':'t','partly':false,'lines':[],'shapes':[],'sites':[],'inner':[],'frames':[],'scripts':[],'finds':[[99,'a','b']]}"};
	for (size_t i = 0; i < KH_COUNT(bad); i++) {
		kh_auto_free char *text = kh_strdup(bad[i]);
		for (char *p = text; *p; p++)
			*p = *p == '\'' ? '"' : *p;
		kh_auto_json json_t *j = NULL;
		struct kh_page none = {0};
		assert_int_equal(kh_json_parse(text, strlen(text), &j), 0);
		assert_true(kh_page_of_json(j, &none) < 0);
	}
}

/* ---- two times the same page ---- */

#define FRAME "<title>Phường Hoa Mai</title><div id=dau><h1>Ủy ban nhân dân phường Hoa Mai, tỉnh Hoa Mai</h1></div><div id=gioi-thieu><p>Phường có mười hai khu phố, dân số hơn hai vạn người.</p>" \
	      "<p>Trụ sở làm việc từ thứ hai đến thứ sáu, bộ phận một cửa ở tầng trệt.</p></div><ul id=tin>%s</ul><div id=chan>Ghi rõ nguồn khi phát hành lại thông tin từ trang này.</div>"

static void learn(struct kh_known *known, const char *items)
{
	kh_auto_free char *html = kh_format(FRAME, items);
	struct kh_page page = parse(html, NULL);
	kh_known_learn(known, &page);
}

static struct kh_change against(const struct kh_known *known, const char *html)
{
	kh_auto_page struct kh_page page = parse(html, NULL);
	return kh_page_compare(known, &page);
}

static void a_list_of_news_is_learned(void **state)
{
	(void)state;
	kh_auto_known struct kh_known known = {0};
	learn(&known, "<li>Ra quân tổng vệ sinh</li>");
	kh_auto_free char *other = kh_format(FRAME, "<li>Khai mạc giải bóng đá</li>");
	struct kh_change c = against(&known, other);
	assert_true(c.text > 0 && !c.another && c.shape == 0);
	learn(&known, "<li>Khai mạc giải bóng đá</li>");
	learn(&known, "<li>Lịch tiêm chủng</li>");
	assert_int_equal(known.regions.n, 1);
	c = against(&known, other);
	assert_int_equal(c.text, 0); /* it changes by itself */
	kh_auto_json json_t *json = kh_known_json(&known);
	kh_auto_known struct kh_known back = {0};
	assert_int_equal(kh_known_of_json(json, &back), 0);
	assert_int_equal(against(&back, other).text, 0);
}

static void another_page(void **state)
{
	(void)state;
	static const struct {
		const char *html;
		bool another, title;
	} cases[] = {
		{"<title>Phường Hoa Mai</title><center><h1>Chúng tôi đã ở đây</h1></center>", true, false},
		{"<title>Đổi rồi</title>" FRAME, true, true},
		{"<title>Phường Hoa Mai</title>", true, false},
		{FRAME "<div id=banner>Chào mừng ngày lễ lớn</div>", false, false},
	};
	kh_auto_known struct kh_known known = {0};
	learn(&known, "");
	learn(&known, "");
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_free char *html = kh_format(cases[i].html, "");
		struct kh_change c = against(&known, html);
		if (c.another != cases[i].another || c.title != cases[i].title)
			fail_msg("%s: text %d shape %d title %d", cases[i].html, c.text, c.shape, c.title);
	}
}

static void betting_words_in_number(void **state)
{
	(void)state;
	kh_auto_known struct kh_known known = {0};
	learn(&known, "<li>Phá nhóm cá cược bóng đá</li>");
	kh_auto_free char *news = kh_format(FRAME, "<li>Phá nhóm cá cược bóng đá, đánh bạc bằng xóc đĩa</li>"), *spam = kh_format(FRAME, "<li>soi kèo, nổ hũ, tài xỉu online</li>");
	assert_false(against(&known, news).injected);
	assert_true(against(&known, spam).injected);
	kh_auto_page struct kh_page page = parse(spam, NULL);
	kh_known_learn(&known, &page);
	assert_false(against(&known, spam).injected); /* known now */
}

static void what_a_person_accepts_is_told_no_more(void **state)
{
	(void)state;
	kh_auto_known struct kh_known known = {0};
	kh_auto_page struct kh_page page = parse("<h1>owned by the ward</h1>", NULL);
	assert_true(kh_page_compare(&known, &page).boast >= 0);
	kh_known_accept(&known, &page);
	assert_int_equal(kh_page_compare(&known, &page).boast, -1);
	assert_true(against(&known, "<h1>hacked by x</h1>").boast >= 0);
}

static void lines_that_stand_alone(void **state)
{
	(void)state;
	kh_auto_page struct kh_page a = parse("<p>một</p><p>hai</p><p>hai</p>", NULL), b = parse("<p>hai</p><p>ba</p>", NULL);
	bool *in_a = NULL, *in_b = NULL;
	kh_lines_alone(&a, &b, &in_a, &in_b);
	assert_true(in_a[0] && in_a[1] != in_a[2] && !in_b[0] && in_b[1]);
	free(in_a);
	free(in_b);
}

/* ---- the portal as a whole ---- */

static struct kh_names names(const char *one, const char *two)
{
	struct kh_names n = {.asked = true};
	kh_array_push(&n.of, kh_strdup(one));
	if (two)
		kh_array_push(&n.of, kh_strdup(two));
	return n;
}

static size_t dns_alarms(const struct kh_site *site, const char *address, const char *server)
{
	kh_auto_known struct kh_known known = {0};
	kh_auto_suspicions struct kh_suspicions said = {0};
	kh_auto_fetched struct kh_fetched f = {.url = kh_strdup("https://a.example/"), .detail = kh_strdup(""), .addresses = names(address, NULL), .headers = site->headers};
	if (server)
		f.servers = names(server, NULL);
	f.page.title = kh_strdup("");
	f.has_page = true;
	kh_judge(&(struct kh_judging){.site = site, .known = &known, .fetched = &f, .first = true, .own_url = "https://a.example/", .certificate_days = 14}, &said);
	size_t n = 0;
	kh_array_each(&said.of, one) n += one->kind == KH_PORTAL_ALARM_KIND_DNS;
	return n;
}

static void names_that_point_elsewhere(void **state)
{
	(void)state;
	kh_auto_site struct kh_site site = {.own_url = kh_strdup("https://a.example/"), .addresses = names("192.0.2.1", "192.0.2.2"), .servers = names("ns1.example", "ns2.example")};
	assert_int_equal(dns_alarms(&site, "192.0.2.2", "ns1.example"), 0);
	assert_int_equal(dns_alarms(&site, "192.0.2.2", NULL), 0); /* nobody said */
	assert_int_equal(dns_alarms(&site, "198.51.100.1", "ns1.example"), 1);
	assert_int_equal(dns_alarms(&site, "192.0.2.1", "ns9.example"), 1);
	site.moves = KH_REGION_CHANGES; /* it lives behind many addresses */
	assert_int_equal(dns_alarms(&site, "198.51.100.1", "ns1.example"), 0);
	assert_int_equal(dns_alarms(&site, "198.51.100.1", "ns9.example"), 1);
}

static void packed_pages(void **state)
{
	(void)state;
	kh_auto_buf struct kh_buf in = KH_BUF_INIT, out = KH_BUF_INIT, more = KH_BUF_INIT;
	for (int i = 0; i < 10000; i++)
		kh_buf_adds(&in, "dòng ");
	kh_auto_free char *text = kh_packed_text(&in);
	assert_int_equal(kh_packed_read(text, KH_PAGE_MAX_BYTES, &out), 0);
	assert_string_equal(kh_buf_text(&in), kh_buf_text(&out));
	assert_true(kh_packed_read(text, 1000, &more) < 0 && kh_packed_read("!", 1000, &more) < 0);
}

KH_TESTS_WITH(setup, teardown, text_as_readers_see_it, parts_that_somebody_named, links_and_sites, finds_of_attacks, hosts, limits_hold, over_the_wire_and_back, a_list_of_news_is_learned,
	      another_page, betting_words_in_number, what_a_person_accepts_is_told_no_more, lines_that_stand_alone, names_that_point_elsewhere, packed_pages)
