#include "base/test.h"
#include "document/read/html.h"
#include "document/read/style.h"
#include "document/read/test_reading.h"

#include <libxml/HTMLparser.h>

/* ---- how much libxml2 has looked at: what it had not understood, as often as it began again ---- */

static size_t looked_at;

int __wrap_htmlParseChunk(htmlParserCtxtPtr parser, const char *chunk, int size, int terminate); /* NOLINT(bugprone-reserved-identifier) */
int __real_htmlParseChunk(htmlParserCtxtPtr parser, const char *chunk, int size, int terminate); /* NOLINT(bugprone-reserved-identifier) */

int __wrap_htmlParseChunk(htmlParserCtxtPtr parser, const char *chunk, int size, int terminate) /* NOLINT(bugprone-reserved-identifier) */
{
	looked_at += (size_t)size + (parser->checkIndex == 0 ? (size_t)(parser->input->end - parser->input->cur) : 0);
	return __real_htmlParseChunk(parser, chunk, size, terminate);
}

/* ---- */

static void reads(const char *page, const char *wanted)
{
	test_reads(page, strlen(page), wanted);
}

static void blocks_are_lines(void **state)
{
	(void)state;
	reads("<html><head><title>Công văn\n mật</title><meta name=keywords content='a, b'><style>p {color: red}</style><script>var a = '<p>no';</script></head>"
	      "<body>a<p>Tối\n <i>m</i>ật<br>b</p><div>c<div>d</div>e</div><ul><li>f<li>g</ul><pre>h\n  i\n</pre>&#7853; &eacute;&nbsp;&amp;</body></html>",
	      "begin html\nproperties 0: Công văn mật\nproperties 0: a, b\nbody 0: a\nbody 0: Tối mật\nbody 0: b\nbody 0: c\nbody 0: d\nbody 0: e\nbody 0: f\nbody 0: g\n"
	      "body 0: h\nbody 0: i\nbody 0: ậ é &\nend\n");
}

static void looks_are_those_of_tags_attributes_and_styles(void **state)
{
	(void)state;
	reads("<html><center>a</center><p align=center><b>b</b></p><p style='text-align:center; color:#C00000; font-weight:700'>c</p><font color=red size=5>d</font>"
	      "<p style=\"border: solid 1px; text-transform:uppercase\">mật</p><p style='border:none'>e</p>"
	      "<table border=1 align=center><tr><td>f<td align=center>g<table><tr><td>h</table></table><table border=0><tr><td>i<th>j</table><h1>k</h1>",
	      "begin html\nbody 0 centred: a\nbody 0 bold,centred: b\nbody 0 red,bold,centred: c\nbody 0 red: d\nbody 0 framed,capitals: MẬT\nbody 0: e\n"
	      "cell 0 framed: f\ncell 0 framed,centred: g\ncell 0: h\ncell 0: i\ncell 0 bold,centred: j\nbody 0 bold: k\nend\n");
}

static void fonts_and_charsets_are_those_of_the_page(void **state)
{
	(void)state;
	reads("<html><font face='.VnTimeH, serif'>tèi mËt</font> <span style='font-family:\"VNI-Times\"; color:red'>maät</span>", "begin html\nbody 0 capitals: TỐI MẬT mật\nend\n");
	reads("<html><meta charset=windows-1258><p>T\xf4\xec" "i m\xe2\xf2t", "begin html\nbody 0: Tối mật\nend\n");
	reads("<html><meta http-equiv=Content-Type content=\"text/html; charset=iso-8859-1\"><p>T\xe8i m\xcbt nh\xb5 n\xad\xed" "c", "begin html\nbody 0 guessed: Tối mật nhà nước\nend\n");
	reads("<html><meta charset=iso-8859-1><p>Tối mật", "begin html\nbody 0: Tối mật\nend\n"); /* it is UTF-8, whatever it says */
}

static void pictures_in_the_page_are_documents_inside(void **state)
{
	(void)state;
	reads("<html>a<img src=\"data:image/png;base64,iVBORw0KGgo=\">b", "begin html\nbody 0: ab\nend\nbegin png picture 1\ngap damaged or of an unknown kind: picture 1\nend\n");
}

static void depth_has_an_end(void **state)
{
	kh_auto_buf struct kh_buf page = KH_BUF_INIT;
	struct test_told told = {0};
	(void)state;
	kh_buf_adds(&page, "<html>a");
	for (int i = 0; i < 100000; i++)
		kh_buf_adds(&page, "<div>");
	test_read(&told, page.data, page.len);
	assert_string_equal(kh_buf_text(&told.text), "begin html\nbody 0: a\ngap depth limit\nend\n");
	test_told_done(&told);
}

static void a_tag_of_attributes_without_end_is_given_up(void **state)
{
	kh_auto_buf struct kh_buf page = KH_BUF_INIT;
	struct test_told told = {0};
	(void)state;
	kh_buf_adds(&page, "<html>a<p ");
	for (int i = 0; i < 300000; i++)
		kh_buf_addf(&page, "a%d ", i);
	kh_buf_adds(&page, ">b");
	test_read(&told, page.data, page.len);
	assert_string_equal(kh_buf_text(&told.text), "begin html\nbody 0: a\ngap limit of the reader of its format\nend\n");
	test_told_done(&told);
}

/* Pieces of a page end anywhere; a quotation mark may stand where it quotes nothing. */
static void long_pages_are_read_to_their_end(void **state)
{
	static const char *const attributes[] = {"title=\"of a value %d\"", "title='<%d>' class=a", "title=it's%d", "title=\"a > b %d\" id=\"x'y\""};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(attributes); i++) {
		enum { PARAGRAPHS = 20000 };
		kh_auto_buf struct kh_buf page = KH_BUF_INIT;
		struct test_told told = {0};
		kh_buf_adds(&page, "<html>");
		for (int k = 0; k < PARAGRAPHS; k++) {
			kh_buf_adds(&page, "<p ");
			kh_buf_addf(&page, attributes[i], k);
			kh_buf_addf(&page, ">it's %d</p>\n", k);
		}
		test_read(&told, page.data, page.len);
		assert_int_equal(told.lines.n, PARAGRAPHS);
		assert_string_equal(told.lines.v[PARAGRAPHS - 1].text, "it's 19999");
		assert_null(strstr(told.text.data, "gap "));
		test_told_done(&told);
	}
}

/* Whatever stands in its value: pieces of the page grow with what is not understood. */
static void a_tag_that_does_not_end_is_looked_at_a_few_times_only(void **state)
{
	static const char *const values[] = {"x", "<", "<b>", "> "};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(values); i++) {
		enum { PIECES = 8000, LENGTH = 1000, FEW = 4 };
		kh_auto_buf struct kh_buf page = KH_BUF_INIT;
		struct test_told told = {0};
		kh_buf_adds(&page, "<html>a<a title=\"");
		for (int k = 0; k < PIECES; k++)
			kh_buf_addf(&page, "%0*d%s", LENGTH, k, values[i]);
		looked_at = 0;
		test_read(&told, page.data, page.len);
		assert_true(looked_at >= page.len);
		assert_true(looked_at < FEW * page.len);
		test_told_done(&told);
	}
}

static void red_is_what_people_call_red(void **state)
{
	static const char *const red[] = {"red", " RED", "#f00", "#C00000", "800000", "rgb(255, 0,0)", "crimson"}, *const other[] = {"redwood", "black", "#ff8080", "#fff", "rgb(0,0,255)", "", "#f0"};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(red); i++)
		assert_true(kh_style_color_is_red(red[i]));
	for (size_t i = 0; i < KH_COUNT(other); i++)
		assert_false(kh_style_color_is_red(other[i]));
}

KH_TESTS(blocks_are_lines, looks_are_those_of_tags_attributes_and_styles, fonts_and_charsets_are_those_of_the_page, pictures_in_the_page_are_documents_inside, depth_has_an_end, a_tag_of_attributes_without_end_is_given_up,
	 long_pages_are_read_to_their_end, a_tag_that_does_not_end_is_looked_at_a_few_times_only, red_is_what_people_call_red)
