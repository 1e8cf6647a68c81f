#include "secrecy/secrecy.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "secrecy/sample.h"

#define HEAD "ỦY BAN NHÂN DÂN\nTỈNH X\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nSố: 12/BC-UBND\nX, ngày 3 tháng 4 năm 2026\n"
#define NUMBER_ROW "@page=1 top=5: CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n@page=1 top=9: Độc lập - Tự do - Hạnh phúc\n"
#define LIST_HEAD "SỞ TƯ PHÁP\nSố: 12/BC-STP\n"
#define TEXT "BÁO CÁO\nvề việc thực hiện nhiệm vụ\nThực hiện chỉ đạo của cấp trên, đơn vị báo cáo kết quả như sau:\n"
#define TEN_LINES "một dòng\nmột dòng\nmột dòng\nmột dòng\nmột dòng\nmột dòng\nmột dòng\nmột dòng\nmột dòng\nmột dòng\n"
#define FORTY_LINES TEN_LINES TEN_LINES TEN_LINES TEN_LINES

static struct kh_secrecy_rules *rules;

static int load(void **state)
{
	(void)state;
	rules = kh_sample_rules();
	if (!rules)
		print_error("%s\n", kh_fail_detail());
	return rules ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	kh_secrecy_rules_free(rules);
	return 0;
}

struct sample {
	const char *what, *text;
	enum kh_secrecy_level level;
	const char *kinds; /* "stamp copy_number"; NULL: not looked at */
	enum kh_document_format format;
};

static void expect(struct kh_secrecy *s, const struct sample *c)
{
	struct kh_secrecy_finding found = {0};
	char kinds[512] = "";
	kh_sample_judge(s, c->format ? c->format : KH_DOCUMENT_TEXT, c->text, strlen(c->text), &found);
	for (size_t i = 0; i < found.n; i++)
		snprintf(kinds + strlen(kinds), sizeof kinds - strlen(kinds), "%s%s", i ? " " : "", found.marks[i].kind);
	bool same = found.level == c->level && (!c->kinds || kh_streq(kinds, c->kinds)) && (found.confidence > 0) == (found.level != KH_SECRECY_NONE);
	if (!same)
		fail_msg("%s: expected %s (%s), found %s, %u %% (%s)", c->what, kh_secrecy_level_name(c->level), c->kinds ? c->kinds : "…", kh_secrecy_level_name(found.level), found.confidence, kinds);
}

static void expect_all(const struct sample *samples, size_t n)
{
	kh_auto_secrecy struct kh_secrecy *s = kh_secrecy_new(rules, false);
	for (size_t i = 0; i < n; i++)
		expect(s, &samples[i]);
}

#define EXPECT(...)                                                             \
	do {                                                                    \
		static const struct sample samples[] = {__VA_ARGS__};           \
		expect_all(samples, sizeof samples / sizeof *samples);          \
	} while (0)

static void stamps_in_their_place(void **state)
{
	(void)state;
	EXPECT({"after the head", HEAD "TUYỆT MẬT\n" TEXT, KH_SECRECY_TUYET_MAT, "stamp"}, {"before the head", "TỐI MẬT\n" HEAD TEXT, KH_SECRECY_TOI_MAT, "stamp"},
	       {"the lowest level", HEAD "MẬT\n" TEXT, KH_SECRECY_MAT, "stamp"}, {"no head, at the very top", "MẬT\n" TEXT, KH_SECRECY_MAT, "stamp"},
	       {"no head, on the first page", TEN_LINES "TỐI MẬT\n" TEXT, KH_SECRECY_TOI_MAT, "stamp"}, {"in a cell", "@cell: ỦY BAN NHÂN DÂN\n@cell: MẬT\n" TEXT, KH_SECRECY_MAT, "stamp"},
	       {"in a header", TEXT FORTY_LINES "@header: MẬT\n", KH_SECRECY_MAT, "stamp"}, {"in a foot", TEXT "@footer page=3: TỐI MẬT\n", KH_SECRECY_TOI_MAT, "stamp"},
	       {"in a box", TEXT FORTY_LINES "@box page=1: MẬT\n", KH_SECRECY_MAT, "stamp"}, {"two levels far apart: the higher", HEAD "MẬT\n" TEXT FORTY_LINES HEAD "TỐI MẬT\n" TEXT, KH_SECRECY_TOI_MAT, "stamp"},
	       {"a document behind another", FORTY_LINES HEAD "MẬT\n" TEXT, KH_SECRECY_MAT, "stamp"}, {"on the second sheet", "@cell page=1: Tổng hợp\n@cell page=2: TUYỆT MẬT\n", KH_SECRECY_TUYET_MAT, "stamp", KH_DOCUMENT_XLSX},
	       {"on a page with a layout", "@page=1 top=8: CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n@page=1 top=14: MẬT\n", KH_SECRECY_MAT, "stamp"});
}

static void stamps_beside_other_words(void **state)
{
	(void)state;
	EXPECT({"a tab between", "TỐI MẬT\tCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n" TEXT, KH_SECRECY_TOI_MAT, "stamp"},
	       {"blanks that became one", "TỐI MẬT CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n" TEXT, KH_SECRECY_TOI_MAT, "stamp"},
	       {"behind the motto", "Độc lập - Tự do - Hạnh phúc TUYỆT MẬT\n" TEXT, KH_SECRECY_TUYET_MAT, "stamp"}, {"before the date", "MẬT Hà Nội, ngày 05 tháng 3 năm 2026\n" TEXT, KH_SECRECY_MAT, "stamp"},
	       {"behind the number", "Số: 12/BC-UBND MẬT\n" TEXT, KH_SECRECY_MAT, "stamp"}, {"with an urgency", HEAD "MẬT - HỎA TỐC\n" TEXT, KH_SECRECY_MAT, "stamp"},
	       {"urgency first", HEAD "THƯỢNG KHẨN / TỐI MẬT\n" TEXT, KH_SECRECY_TOI_MAT, "stamp"}, {"with the copy", HEAD "TUYỆT MẬT - Bản số: 03\n" TEXT, KH_SECRECY_TUYET_MAT, "stamp copy_number"},
	       {"in two lines", HEAD "TUYỆT\nMẬT\n" TEXT, KH_SECRECY_TUYET_MAT, "stamp"}, {"in two lines, below a long row of the head", "UBND TỈNH BÌNH MINH\tCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nTỐI\nMẬT\n" TEXT, KH_SECRECY_TOI_MAT, "stamp"}, {"in two lines, beside the head", "TỐI Độc lập - Tự do - Hạnh phúc\nMẬT X, ngày 5 tháng 3 năm 2026\n", KH_SECRECY_TOI_MAT, "stamp"},
	       {"a field", HEAD "Độ mật: Tối mật\n" TEXT, KH_SECRECY_TOI_MAT, "field"}, {"behind the name of a place and a date", "MẬT Thành phố Hồ Chí Minh, ngày  tháng  năm 2026\n", KH_SECRECY_MAT, "stamp"});
}

static void stamps_typed_otherwise(void **state)
{
	(void)state;
	EXPECT({"letters apart", HEAD "T U Y Ệ T  M Ậ T\n" TEXT, KH_SECRECY_TUYET_MAT, NULL}, {"letters apart, with points", HEAD "M.Ậ.T\n" TEXT, KH_SECRECY_MAT, NULL},
	       {"composed of parts", HEAD "TO\xcc\x82\xcc\x81I MA\xcc\xa3\xcc\x82T\n" TEXT, KH_SECRECY_TOI_MAT, NULL}, {"a mark twice", HEAD "MẬ\xcc\xa3T\n" TEXT, KH_SECRECY_MAT, NULL},
	       {"no marks", HEAD "TUYET MAT\n" TEXT, KH_SECRECY_TUYET_MAT, NULL}, {"a mark missing", HEAD "TÔI MÂT\n" TEXT, KH_SECRECY_TOI_MAT, NULL},
	       {"no marks at all in the document", "UY BAN NHAN DAN\nCONG HOA XA HOI CHU NGHIA VIET NAM\nDoc lap - Tu do - Hanh phuc\nMAT\nBAO CAO\n", KH_SECRECY_MAT, NULL},
	       {"the tone on another vowel", HEAD "TUỴÊT MẬT\n" TEXT, KH_SECRECY_TUYET_MAT, NULL}, {"one word", HEAD "TỐIMẬT\n" TEXT, KH_SECRECY_TOI_MAT, NULL}, {"framed by signs", HEAD "| *** MẬT *** |\n" TEXT, KH_SECRECY_MAT, NULL},
	       {"in small letters, with supports", HEAD "Mật\nBản số: 02\n" TEXT, KH_SECRECY_MAT, "stamp copy_number"}, {"another word by its marks", HEAD "TỐI MẮT\n" TEXT, KH_SECRECY_NONE, ""},
	       {"yet another", HEAD "MẤT\n" TEXT, KH_SECRECY_NONE, ""}, {"letters of another script", HEAD "МАТ\n" TEXT, KH_SECRECY_NONE, ""});
}

static void stamps_read_by_ocr(void **state)
{
	(void)state;
	EXPECT({"red and framed, alone", "@picture red framed ocr=80: MẬT\n", KH_SECRECY_MAT, NULL}, {"a letter mistaken", "@picture red framed ocr=60: NẬT\n", KH_SECRECY_MAT, NULL},
	       {"two letters mistaken", "@picture red framed ocr=60: TUYÊI MÂI\n", KH_SECRECY_TUYET_MAT, NULL}, {"grey, with a head", "@picture ocr=70 top=5: CỘNG HÒA XÃ HỌI CHỦ NGHĨA VIỆT NAM\n@picture ocr=70 top=9: Số: 5/BC-UB\n@picture ocr=70 top=11: TỐI MẶT\n", KH_SECRECY_TOI_MAT, NULL},
	       {"not by OCR: no mistakes forgiven", "@red framed: NẬT\n" HEAD, KH_SECRECY_NONE, ""}, {"a stamp of urgency", "@picture red framed ocr=60: KHẨN\n", KH_SECRECY_NONE, ""},
	       {"another word, grey, with no head", "@picture ocr=90 top=30: MẤT\n", KH_SECRECY_NONE, ""});
}

static void supports(void **state)
{
	(void)state;
	EXPECT({"far down, no head: not enough", FORTY_LINES "MẬT\n", KH_SECRECY_NONE, ""}, {"on the first page, no head: not enough", TEN_LINES "MẬT\n", KH_SECRECY_NONE, ""},
	       {"red", TEN_LINES "@red: MẬT\n", KH_SECRECY_MAT, "stamp"}, {"framed", TEN_LINES "@framed: MẬT\n", KH_SECRECY_MAT, "stamp"},
	       {"a copy's number", TEN_LINES "MẬT\n" TEXT FORTY_LINES "Bản số: 02\n", KH_SECRECY_MAT, "stamp copy_number"}, {"recall", TEN_LINES "MẬT\nTÀI LIỆU THU HỒI\n", KH_SECRECY_MAT, "stamp recall"},
	       {"copies of each recipient", TEN_LINES "MẬT\n" TEXT "Nơi nhận:\n- Như trên (02 bản);\n", KH_SECRECY_MAT, "stamp recipients_copies"},
	       {"copies elsewhere are none", TEN_LINES "MẬT\n" TEXT "Hồ sơ gồm 02 bản\n", KH_SECRECY_NONE, ""}, {"a symbol of secret papers", TEN_LINES "MẬT\nSố: 05/BC-UBND(M)\n", KH_SECRECY_MAT, "stamp secret_symbol"},
	       {"supports alone", HEAD "Bản số: 02\nTÀI LIỆU THU HỒI\n" TEXT, KH_SECRECY_NONE, ""}, {"an envelope", "Số: 12/UBND\nB\nCHỈ NGƯỜI CÓ TÊN MỚI ĐƯỢC BÓC BÌ\nKính gửi: Ông A\n", KH_SECRECY_TOI_MAT, "envelope only_named"},
	       {"a letter alone", HEAD "B\n" TEXT, KH_SECRECY_NONE, ""}, {"all pages", "@page=2: MẬT\n@page=3: MẬT\n@page=4: MẬT\n@page=5: TÀI LIỆU THU HỒI\nBản số: 1\n", KH_SECRECY_MAT, NULL});
}

static void stamps_broken_and_doubled(void **state)
{
	(void)state;
	EXPECT({"an urgency broken by its frame", HEAD "MẬT - THƯỢNG\nKHẨN\n" TEXT, KH_SECRECY_MAT, "stamp"}, {"a field broken by its frame", HEAD "ĐỘ MẬT: Tuyệt\nmật\n" TEXT, KH_SECRECY_TUYET_MAT, "field"},
	       {"no blank seen", "TỐI MẬTCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n" TEXT, KH_SECRECY_TOI_MAT, "stamp"}, {"capitals of TCVN3", HEAD "M.ậ.T\n" TEXT, KH_SECRECY_MAT, "stamp"},
	       {"TCVN3 without its font", "@tcvn3: cộng hòa xã hội chủ nghĩa việt nam\n@tcvn3: Số: 5/BC-UB\n@tcvn3: tối mật - hỏa tốc\n", KH_SECRECY_TOI_MAT, "stamp"},
	       {"the second word below the first, and lines of another column between", "@page=1 top=10 left=10: TUYỆT\n@page=1 top=10 left=60: a\n@page=1 top=12 left=60: b\n@page=1 top=14 left=60: c\n@page=1 top=12 left=12: MẬT\n", KH_SECRECY_TUYET_MAT, "stamp"},
	       {"a part of it read again", "@picture page=1 top=10 left=10 red ocr=80: TỐI MẬT\n@picture page=1 top=10 left=14 red ocr=80: MẬT\n", KH_SECRECY_TOI_MAT, "stamp"},
	       {"low on the first slide", "@box page=1 top=70: TỐI MẬT\n", KH_SECRECY_TOI_MAT, "stamp", KH_DOCUMENT_PPTX}, {"low on a page", "@page=1 top=70: TỐI MẬT\n", KH_SECRECY_NONE, "", KH_DOCUMENT_PDF},
	       {"CP1258 in single letters", HEAD "@western: T Ôì I M Âò T\n" TEXT, KH_SECRECY_TOI_MAT, "stamp"}, {"a letter of another matter", HEAD "TUYỆT MẬT\nB\n" TEXT, KH_SECRECY_TUYET_MAT, "stamp"}, {"an examination to come", "TỐI MẬT\nĐỀ THI CHÍNH THỨC\nCâu hỏi 1\n", KH_SECRECY_TOI_MAT, "stamp"},
	       {"a frame's sides read as letters", "@picture page=1 top=10 ocr=60: CỘNG HÒA XÃ HỘI CHỦ NGHĨA\n@picture page=1 top=16 ocr=60: I Độ mật: Tuyệt mật Ì\n", KH_SECRECY_TUYET_MAT, "field"},
	       {"a frame's corner read as a letter", "@picture page=1 top=10 ocr=60: CỘNG HÒA XÃ HỘI CHỦ NGHĨA\n@picture page=1 top=14 ocr=60: Độc lập - Tự do - Hạnh phúc\n@picture page=1 top=16 ocr=60: | rTUyỆT MẬT |\n", KH_SECRECY_TUYET_MAT, "stamp"});
}

/* What counts against a stamp, where a paper has it all the same. */
static void doubts_that_do_not_hold(void **state)
{
	(void)state;
	EXPECT({"large, on a cover that says whose it is", "BỘ CHỈ HUY QUÂN SỰ\n@size=36: MẬT\nKẾ HOẠCH\n", KH_SECRECY_MAT, "stamp"}, {"large, nobody's: a poster", "@size=36: TỐI MẬT\nKHAI TRƯƠNG\n", KH_SECRECY_NONE, ""},
	       {"large, the title of a slide", "@box page=1: BỘ CHỈ HUY QUÂN SỰ\n@box page=1 size=40: MẬT\n", KH_SECRECY_NONE, "", KH_DOCUMENT_PPTX},
	       {"in the row of the paper's own number", "ỦY BAN NHÂN DÂN\tĐộc lập - Tự do - Hạnh phúc\nSố:\t15\t/BC-STP\tTỐI MẬT\n" TEXT, KH_SECRECY_TOI_MAT, "stamp"}, {"in the row of a list", HEAD TEXT "Các văn bản:\n15\t/BC-STP\tTỐI MẬT\n", KH_SECRECY_NONE, ""},
	       {"in the cells of the paper's own number", "ỦY BAN NHÂN DÂN\nĐộc lập - Tự do - Hạnh phúc\n@cell: Số:\n@cell: 15\n@cell: /BC-STP\n@cell: TỐI MẬT\n" TEXT, KH_SECRECY_TOI_MAT, "stamp"},
	       {"on a page, in the row of the paper's own number", NUMBER_ROW "@page=1 top=14 left=10: Số:\n@page=1 top=14 left=21: 15\n@page=1 top=14 left=50: TỐI MẬT\n", KH_SECRECY_TOI_MAT, "stamp", KH_DOCUMENT_PDF},
	       {"on a page, a number below that sign", NUMBER_ROW "@page=1 top=14 left=10: Số:\n@page=1 top=20 left=21: 15\n@page=1 top=20 left=50: TỐI MẬT\n", KH_SECRECY_NONE, "", KH_DOCUMENT_PDF},
	       {"the first row of a list under a line that ends in a colon", LIST_HEAD "Danh mục tài liệu:\n1\t05/BC-BCH\tMẬT\n2\t06/BC-BCH\tMẬT\n", KH_SECRECY_NONE, ""},
	       {"as cells", LIST_HEAD "Danh mục:\n@cell: 1\n@cell: 05/BC-BCH\n@cell: MẬT\n@cell: 2\n@cell: 06/BC-BCH\n@cell: MẬT\n", KH_SECRECY_NONE, ""},
	       {"under a cell that ends in a colon", LIST_HEAD "@cell: Danh mục:\n@cell: 1\n@cell: 05/BC-BCH\n@cell: MẬT\n", KH_SECRECY_NONE, ""},
	       {"under that sign alone on a line", LIST_HEAD "Số:\n1\t05/BC-BCH\tMẬT\n2\t06/BC-BCH\tMẬT\n", KH_SECRECY_NONE, ""},
	       {"a word with other marks", LIST_HEAD "Sở:\t1\t05/BC-BCH\tMẬT\n", KH_SECRECY_NONE, ""},
	       {"a paper and its annex, each with its level", "@page=1: Độc lập - Tự do - Hạnh phúc\n@page=1: Số: 4/BC-UBND\n@page=1: TỐI MẬT\n@page=2: MẬT\n@page=2: Phụ lục I\n", KH_SECRECY_TOI_MAT, NULL},
	       {"a list of levels over two pages", "@page=1: Phụ lục\n@page=1: TUYỆT MẬT\n@page=2: TỐI MẬT\n", KH_SECRECY_NONE, ""},
	       {"a course that an office issues", HEAD "MẬT\nTÀI LIỆU TẬP HUẤN\n", KH_SECRECY_MAT, "stamp"}, {"a course", "TRƯỜNG CHÍNH TRỊ\nMẬT\nTÀI LIỆU TẬP HUẤN\n", KH_SECRECY_NONE, ""},
	       {"letters apart, set apart", "@page=1 top=6 left=50: CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n@page=1 top=16 left=10: TỐI\n@page=1 top=7 left=50: Độc lập - Tự do - Hạnh phúc\n@page=1 top=9 left=50: một dòng\n@page=1 top=16 left=22: MẬT\n", KH_SECRECY_TOI_MAT, "stamp"},
	       {"a field on the first lines of a page", "@page=1 top=8: Độ mật: MẬT\n@page=1 top=14: Nơi gửi: Ban Tham mưu\n", KH_SECRECY_MAT, "field"},
	       {"the outer envelope", "BỘ CHỈ HUY QUÂN SỰ\nSố: 12/BC-CH\n@framed size=24: B\nKính gửi: Văn phòng Tỉnh ủy\n", KH_SECRECY_TOI_MAT, "envelope"},
	       {"a framed letter in a paper", "BỘ CHỈ HUY QUÂN SỰ\nSố: 12/BC-CH\n@framed size=24: B\nKính gửi: Văn phòng Tỉnh ủy\nThực hiện chỉ đạo của cấp trên, đơn vị báo cáo.\n", KH_SECRECY_NONE, ""});
}

static void words_of_other_matters(void **state)
{
	(void)state;
	EXPECT({"an organ", HEAD "GAN\nKhông to.\nMẬT\nKhông giãn.\nTỤY\n", KH_SECRECY_NONE, ""}, {"a cupboard", "@framed size=28: TỦ SỐ 3\n@framed size=28: TÀI LIỆU MẬT\n", KH_SECRECY_NONE, ""},
	       {"a film", "HỒ SƠ\nTUYỆT MẬT\nKhởi chiếu 12/6\n", KH_SECRECY_NONE, ""});
}

static void registers(void **state)
{
	(void)state;
	EXPECT({"filled in", "SỔ ĐĂNG KÝ BÍ MẬT NHÀ NƯỚC ĐI\n@cell: Số, ký hiệu\n@cell: Độ mật\n@cell: 05/BC-UBND\n@cell: Tối mật\n@cell: 06/BC-UBND\n@cell: C\n", KH_SECRECY_TOI_MAT, "register"},
	       {"empty", "SỔ ĐĂNG KÝ BÍ MẬT NHÀ NƯỚC ĐẾN\n@cell: Số, ký hiệu\n@cell: Độ mật\n@cell: (1)\n@cell: (2)\n", KH_SECRECY_NONE, ""},
	       {"levels to choose from, no papers", "SỔ ĐĂNG KÝ BÍ MẬT NHÀ NƯỚC ĐI\n@cell: Tuyệt mật\n@cell: Tối mật\n@cell: Mật\n", KH_SECRECY_NONE, ""});
}

static void not_secret(void **state)
{
	(void)state;
	EXPECT({"running text", HEAD TEXT "Bí mật nhà nước độ Tuyệt mật là thông tin quan trọng\nTUYỆT MẬT là mức cao nhất.\n", KH_SECRECY_NONE, ""}, {"other words", HEAD "BẢO MẬT\nMẬT KHẨU\nMẬT MÃ\nBÍ MẬT\nGAN MẬT\n" TEXT, KH_SECRECY_NONE, ""},
	       {"a heading", HEAD "DANH MỤC BÍ MẬT NHÀ NƯỚC ĐỘ TUYỆT MẬT\n" TEXT, KH_SECRECY_NONE, ""}, {"all levels", HEAD "TUYỆT MẬT\nTỐI MẬT\nMẬT\n" TEXT, KH_SECRECY_NONE, ""},
	       {"all levels in a line", HEAD "TUYỆT MẬT, TỐI MẬT, MẬT\n" TEXT, KH_SECRECY_NONE, ""}, {"all levels in a row", HEAD "@cell: TUYỆT MẬT\n@cell: 40 x 8 mm\n@cell: TỐI MẬT\n@cell: 30 x 8 mm\n@cell: MẬT\n", KH_SECRECY_NONE, ""},
	       {"a form", "Mẫu số 02\nTÊN CƠ QUAN, TỔ CHỨC\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSố: …/…\nTUYỆT MẬT\n" TEXT, KH_SECRECY_NONE, ""}, {"in quotation marks", TEN_LINES "“TUYỆT MẬT”\n", KH_SECRECY_NONE, ""},
	       {"an item of a list", HEAD "1. TUYỆT MẬT\n" TEXT, KH_SECRECY_NONE, ""}, {"a table of contents", HEAD "MỤC LỤC\nTUYỆT MẬT ........ 5\n", KH_SECRECY_NONE, ""},
	       {"a slide that explains", "@page=1: Tập huấn bảo vệ bí mật nhà nước\n@page=3: TUYỆT MẬT\n@page=3: Là bí mật nhà nước liên quan đến chính trị\n", KH_SECRECY_NONE, "", KH_DOCUMENT_PPTX},
	       {"the slide of a course at its beginning", "@page=1: BÀI GIẢNG\n@page=1: TUYỆT MẬT\n", KH_SECRECY_NONE, "", KH_DOCUMENT_PPTX}, {"a field left open", HEAD "Độ mật: ………\n" TEXT, KH_SECRECY_NONE, ""},
	       {"a column", "@cell: a\n@cell: MẬT\n@cell: b\n@cell: MẬT\n@cell: c\n@cell: MẬT\n@cell: d\n@cell: MẬT\n@cell: e\n", KH_SECRECY_NONE, "", KH_DOCUMENT_XLSX}, {"a comment", "@comment: TUYỆT MẬT\n", KH_SECRECY_NONE, ""},
	       {"a title", "@properties: MẬT\n" TEXT, KH_SECRECY_NONE, ""}, {"English", "MAT\nMATRIX\nmat\n", KH_SECRECY_NONE, ""}, {"nothing", "", KH_SECRECY_NONE, ""},
	       {"declassified", HEAD "MẬT\nGIẢI MẬT\nTừ: 01/6/2026\n" TEXT, KH_SECRECY_NONE, "declassified"}, {"about declassifying", HEAD "MẬT\nGIẢI MẬT\n" TEXT, KH_SECRECY_MAT, "stamp"});
}

/* Papers as offices write them. */
static void labels_forms_and_english(void **state)
{
	(void)state;
	EXPECT({"the level in the cell behind its label", HEAD "@cell: Độ mật\n@cell: Tối mật\n@cell: Độ khẩn\n@cell: Thường\n", KH_SECRECY_TOI_MAT, "field"},
	       {"in the row of its label", "@page=1 top=5: CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n@page=1 top=20 left=10: Độ mật\n@page=1 top=24 left=10: Độ khẩn\n@page=1 top=20 left=60: Mật\n", KH_SECRECY_MAT, "field", KH_DOCUMENT_PDF},
	       {"a column's head is no label", HEAD "@cell: Tên văn bản\n@cell: Độ mật\n@cell: Ghi chú\n@cell: Báo cáo\n@cell: Mật\n", KH_SECRECY_NONE, ""},
	       {"a form that is filled in", "Mẫu số 05/BCA\n" HEAD "MẬT\n" TEXT, KH_SECRECY_MAT, "stamp"},
	       {"a form that is not", "Mẫu số 05/BCA\nỦY BAN NHÂN DÂN\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nX, ngày   tháng   năm\nMẬT\n" TEXT, KH_SECRECY_NONE, ""},
	       {"a paper in English", "SOCIALIST REPUBLIC OF VIET NAM\nIndependence - Freedom - Happiness\nMẬT (CONFIDENTIAL)\nREPORT\n", KH_SECRECY_MAT, "stamp"}, {"English alone", HEAD "TOP SECRET\n" TEXT, KH_SECRECY_NONE, ""},
	       {"beside the number of the page", "@header: TỐI MẬT\tTrang 2\n" HEAD TEXT, KH_SECRECY_TOI_MAT, "stamp"}, {"an annex", "PHỤ LỤC\n(Kèm theo Báo cáo số 5/BC-UBND)\n@page=1 top=20: MẬT\n", KH_SECRECY_MAT, "stamp"},
	       {"an envelope whose letter stands last", "CỤC HẬU CẦN\nSố: 9/CHC\nCHỈ NGƯỜI CÓ TÊN MỚI ĐƯỢC BÓC BÌ\nA\n", KH_SECRECY_TUYET_MAT, "envelope only_named"},
	       {"a register on a page with a layout", "@page=1 top=5: SỔ ĐĂNG KÝ BÍ MẬT NHÀ NƯỚC ĐI\n@page=1 top=20: 05/BC-UBND\n@page=1 top=20: Tối mật\n", KH_SECRECY_TOI_MAT, "register", KH_DOCUMENT_PDF},
	       {"a register in columns of text", "SỔ ĐĂNG KÝ BÍ MẬT NHÀ NƯỚC ĐẾN\n1\t05/BC-UBND\tMật\tBTV\n", KH_SECRECY_MAT, "register"});
}

static void not_in_the_stamps_place(void **state)
{
	(void)state;
	EXPECT({"behind running text", HEAD "Văn thư đóng dấu lên góc trái của văn bản theo hình sau:\n@red framed: TUYỆT MẬT\n", KH_SECRECY_NONE, ""},
	       {"behind running text, before another paper's head", "Văn thư đóng dấu lên góc trái của văn bản theo hình sau.\nTỐI MẬT\n" HEAD TEXT, KH_SECRECY_TOI_MAT, "stamp"},
	       {"behind running text, below another paper's head", "Văn thư đóng dấu lên góc trái của văn bản theo hình sau.\n" HEAD "TỐI MẬT\n" TEXT, KH_SECRECY_TOI_MAT, "stamp"},
	       {"at the foot of a page of text", "@page=1 top=30: Văn thư đóng dấu lên góc trái của văn bản theo quy định.\n@page=1 top=95: TỐI MẬT\n", KH_SECRECY_TOI_MAT, "stamp", KH_DOCUMENT_PDF},
	       {"in a list's row", HEAD "@cell: 3\n@cell: TỐI MẬT\n@cell: 01\n", KH_SECRECY_NONE, ""}, {"in a list's row between tabs", HEAD "3\tTỐI MẬT\t01\n", KH_SECRECY_NONE, ""},
	       {"in a list's row on a page", "@page=1 top=5: CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n@page=1 top=20 left=10: 1\n@page=1 top=24 left=10: 2\n@page=1 top=24 left=50: TỐI MẬT\n", KH_SECRECY_NONE, "", KH_DOCUMENT_PDF},
	       {"in a column of cells that were scanned", "@picture page=1 top=5 ocr=90: CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n@picture framed page=1 top=20 left=40 ocr=90: ĐẾN\n@picture framed page=1 top=22 left=40 ocr=90: TỐI MẬT\n@picture framed page=1 top=24 left=40 ocr=90: SAO Y\n", KH_SECRECY_NONE, ""},
	       {"beside a sentence", "@page=1 top=5: CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n@page=1 top=20 left=10: MẬT\n@page=1 top=20 left=60: Túi mật không sỏi, thành không dày.\n", KH_SECRECY_NONE, "", KH_DOCUMENT_PDF},
	       {"a word broken by a narrow cell", HEAD "@cell: MẬT\n@cell: KHẨU\n", KH_SECRECY_NONE, ""}, {"a label of goods", "@red: MẬT\nHOA NHÃN\nThể tích thực: 500 ml\n", KH_SECRECY_NONE, ""},
	       {"a heading", "@red size=40: MẬT\n" TEXT, KH_SECRECY_NONE, ""}, {"not in capitals", HEAD TEN_LINES "Tuyệt mật\n", KH_SECRECY_NONE, ""},
	       {"another word, of which OCR is sure", "@picture page=1 ocr=95 top=5: CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n@picture page=1 ocr=95 top=9: Độc lập - Tự do - Hạnh phúc\n@picture page=1 ocr=95 top=14: MẤT\n", KH_SECRECY_NONE, ""},
	       {"declassified, in other words", HEAD "MẬT\nĐÃ GIẢI MẬT\nTừ: 01/6/2026\n" TEXT, KH_SECRECY_NONE, "declassified"});
}

static void lines_are_kept_only_when_asked(void **state)
{
	(void)state;
	static const char text[] = HEAD "TỐI MẬT\nBản số: 07\n";
	for (int keep = 0; keep < 2; keep++) {
		kh_auto_secrecy struct kh_secrecy *s = kh_secrecy_new(rules, keep);
		struct kh_secrecy_finding found = {0};
		kh_sample_judge(s, KH_DOCUMENT_TEXT, text, strlen(text), &found);
		assert_int_equal(found.n, 2);
		assert_true(kh_streq(found.marks[0].line, keep ? "TỐI MẬT" : NULL));
		assert_true(kh_streq(found.marks[1].line, keep ? "Bản số: 07" : NULL));
	}
}

static void read_on(struct kh_secrecy *s, uint32_t page, size_t lines)
{
	struct kh_document_line line = {.text = "một dòng", .n = strlen("một dòng"), .page = page, .part = KH_PART_PICTURE, .certainty = 90};
	for (size_t i = 0; i < lines; i++)
		kh_secrecy_line(s, &line);
}

static void reading_ends_early(void **state)
{
	(void)state;
	kh_auto_secrecy struct kh_secrecy *s = kh_secrecy_new(rules, false);
	struct kh_document_line line = {.text = "TUYỆT MẬT", .n = strlen("TUYỆT MẬT"), .page = 1, .part = KH_PART_PICTURE, .red = true, .certainty = 90};
	kh_secrecy_begin(s, KH_DOCUMENT_PDF);
	assert_false(kh_secrecy_enough(s));
	kh_secrecy_line(s, &line);
	assert_false(kh_secrecy_enough(s)); /* the next lines may show that it is a list */
	read_on(s, 1, 20);
	assert_true(kh_secrecy_enough(s));
	line = (struct kh_document_line){.text = "MẬT", .n = strlen("MẬT"), .page = 1, .part = KH_PART_PICTURE, .red = true, .framed = true, .certainty = 90};
	kh_secrecy_begin(s, KH_DOCUMENT_PDF);
	kh_secrecy_line(s, &line);
	read_on(s, 1, 20);
	assert_false(kh_secrecy_enough(s)); /* the rest of the page may have a higher one */
	read_on(s, 2, 1);
	assert_true(kh_secrecy_enough(s));
}

/* More stamps, mentions and letters than are kept. */
static void no_end_of_lines(void **state)
{
	(void)state;
	kh_auto_secrecy struct kh_secrecy *s = kh_secrecy_new(rules, true);
	struct kh_secrecy_finding found = {0};
	char *lines = kh_alloc(400001);
	for (size_t i = 0; i < 400000; i++)
		lines[i] = "MẬT\n"[i % 6];
	kh_sample_judge(s, KH_DOCUMENT_TEXT, lines, 400000, &found);
	assert_int_equal(found.level, KH_SECRECY_MAT);
	memset(lines, 'M', 400000);
	kh_sample_judge(s, KH_DOCUMENT_TEXT, lines, 400000, &found);
	assert_int_equal(found.level, KH_SECRECY_NONE);
	kh_sample_judge(s, KH_DOCUMENT_TEXT, lines, KH_DOCUMENT_MAX_LINE, &found);
	assert_int_equal(found.level, KH_SECRECY_NONE);
	free(lines);
}

KH_TESTS_WITH(load, unload, stamps_in_their_place, stamps_beside_other_words, stamps_typed_otherwise, stamps_read_by_ocr, stamps_broken_and_doubled, supports, registers, doubts_that_do_not_hold, words_of_other_matters, not_secret, labels_forms_and_english, not_in_the_stamps_place, lines_are_kept_only_when_asked, reading_ends_early,
	      no_end_of_lines)
