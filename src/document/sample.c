#include "document/sample.h"

#include "base/str.h"

#define DAY_5_JANUARY_2026 20458

static void set_office(struct kh_paper *p)
{
	p->parent = kh_paper_keep(p, "Ủy ban nhân dân tỉnh Bình An");
	p->issuer = kh_paper_keep(p, "Ủy ban nhân dân phường Hoa Mai");
	p->number = "5";
	p->symbol = "BC-UBND";
	p->place = kh_paper_keep(p, "Hoa Mai");
	p->day = DAY_5_JANUARY_2026;
	p->authority[0] = kh_paper_keep(p, "TM. Ủy ban nhân dân");
	p->authority[1] = kh_paper_keep(p, "KT. Chủ tịch");
	p->authority[2] = kh_paper_keep(p, "Phó Chủ tịch");
	p->signer = kh_paper_keep(p, "Trần Thị Mẫu");
	p->kept = "VT, VHXH";
	kh_paper_add_recipient(p, "Thường trực Đảng ủy, HĐND phường");
	kh_paper_add_recipient(p, "Chủ tịch, các PCT UBND phường");
}

static void add_text(struct kh_paper *p, enum kh_block_kind kind, const char *text)
{
	kh_paper_add(p, &p->body, kind, "", text);
}

static void add_clauses(struct kh_paper *p, size_t n)
{
	for (size_t i = 1; i <= n; i++) {
		kh_auto_free char *head = kh_format("%zu. Rà soát, cài đặt phần mềm phòng, chống mã độc", i);
		add_text(p, KH_BLOCK_CLAUSE, head);
		add_text(p, KH_BLOCK_TEXT, "Toàn phường có 1.234 máy tính, trong đó 1.198 máy (97,0%) đã cài phần mềm phòng, chống mã độc; 30 máy chưa cài và 6 máy chưa trả lời nên chưa "
					   "biết. Ủy ban nhân dân phường đã giao Phòng Văn hóa - Xã hội đôn đốc từng đơn vị, hoàn thành trước ngày 31 tháng 12 năm 2026.");
		kh_paper_add(p, &p->body, KH_BLOCK_ITEM, "Chưa đo được:", "số giờ ngừng hoạt động của các hệ thống, vì sổ sự cố chưa có mục nào trong kỳ;");
		add_text(p, KH_BLOCK_ITEM, "Giải pháp: cài đặt cho các máy còn lại, ưu tiên bộ phận một cửa.");
	}
}

static void add_rows(struct kh_paper *p, struct kh_paper_table *t, size_t n)
{
	kh_paper_table_add_column(p, t, "STT", 6, true);
	kh_paper_table_add_column(p, t, "Tên máy", 20, false);
	kh_paper_table_add_column(p, t, "Đơn vị", 30, false);
	kh_paper_table_add_column(p, t, "Ngày kiểm tra", 16, true);
	kh_paper_table_add_column(p, t, "Số lỗ hổng", 12, true);
	kh_paper_table_add_column(p, t, "Ghi chú", 40, false);
	for (size_t i = 0; i < n; i++) {
		kh_auto_free char *host = kh_format("may-%05zu", i + 1);
		kh_paper_table_add_number(p, t, (double)(i + 1), 0);
		kh_paper_table_add_text(p, t, host);
		kh_paper_table_add_text(p, t, i % 2 ? "Trường Tiểu học Hoa Mai" : "Trạm Y tế phường Hoa Mai");
		kh_paper_table_add_day(p, t, DAY_5_JANUARY_2026 - (int64_t)(i % 300));
		kh_paper_table_add_number(p, t, (double)(i * 37 % 5000), 0);
		kh_paper_table_add_text(p, t, i % 3 ? "" : "Chưa cài bản vá; máy dùng chung của bộ phận tiếp nhận và trả kết quả");
	}
}

static void set_report(struct kh_paper *p, size_t clauses, size_t rows)
{
	set_office(p);
	p->type = "Báo cáo";
	p->about = kh_paper_keep(p, "Kết quả thực hiện Công văn về tăng cường bảo đảm an toàn thông tin, an ninh mạng trên địa bàn phường");
	kh_paper_add_to(p, "Ủy ban nhân dân tỉnh Bình An");
	add_text(p, KH_BLOCK_BASIS, "Căn cứ Luật An ninh mạng ngày 10 tháng 12 năm 2025;");
	add_text(p, KH_BLOCK_TEXT, "Ủy ban nhân dân phường Hoa Mai báo cáo kết quả thực hiện đến ngày 05 tháng 01 năm 2026 như sau:");
	add_text(p, KH_BLOCK_SECTION, "I. Kết quả thực hiện");
	add_clauses(p, clauses);
	add_text(p, KH_BLOCK_SECTION, "II. Đề xuất, kiến nghị");
	add_text(p, KH_BLOCK_TEXT, "Đề nghị Ủy ban nhân dân tỉnh hỗ trợ kinh phí mua bản quyền phần mềm cho 30 máy. Số liệu chi tiết tại các Phụ lục kèm theo.");
	struct kh_part *one = kh_paper_add_annex(p, "Tình trạng từng máy", true);
	add_rows(p, kh_paper_add_table(p, one), rows);
	struct kh_part *two = kh_paper_add_annex(p, "Số liệu theo biểu mẫu", false);
	struct kh_paper_table *t = kh_paper_add_table(p, two);
	t->numbered = true;
	add_rows(p, t, 5);
}

static void set_letter(struct kh_paper *p)
{
	set_office(p);
	p->kind = KH_PAPER_LETTER;
	p->symbol = "UBND-VHXH";
	p->number = "";
	p->day = KH_PAPER_NO_DAY;
	p->year = 2026;
	p->about = kh_paper_keep(p, "đề nghị hỗ trợ xử lý máy tính nhiễm mã độc");
	kh_paper_add_to(p, "Công an tỉnh Bình An (Phòng An ninh mạng và phòng, chống tội phạm sử dụng công nghệ cao)");
	kh_paper_add_to(p, "Trung tâm An ninh mạng tỉnh Bình An");
	add_text(p, KH_BLOCK_TEXT, "Ủy ban nhân dân phường Hoa Mai đề nghị hỗ trợ.");
}

/* Words without a blank, control characters, foreign directions, XML's own signs, formulas, a cell higher than a page. */
static void set_hostile(struct kh_paper *p)
{
	kh_auto_free char *word = kh_strdup("");
	for (int i = 0; i < 8; i++) {
		kh_auto_free char *twice = kh_format("%s%sKhôngCóDấuCách<&>\"'", word, word);
		free(word);
		word = kh_take(twice);
	}
	set_office(p);
	p->issuer = kh_paper_keep(p, word);
	p->type = "Báo cáo";
	p->about = kh_paper_keep(p, "a\x01" "b\x1b[31mc\xC2\x9B" "d\xEF\xBF\xBE" "e\xff\xfe" "f\xE2\x80\xAEgpj.exe\xE2\x80\xAC ]]> &amp; <w:t>");
	kh_paper_add(p, &p->body, KH_BLOCK_TEXT, "", word);
	add_text(p, KH_BLOCK_TEXT, "שלום עולם, مرحبا بالعالم, 你好 và tiếng Việt trong một dòng");
	add_text(p, KH_BLOCK_TEXT, "Co\xCC\x82ng va\xCC\x86n to\xCC\x82\xCC\x89ng ho\xCC\x9B\xCC\xA3p"); /* NFD */
	struct kh_paper_table *t = kh_paper_add_table(p, kh_paper_add_annex(p, "=HYPERLINK(\"x\")", false));
	kh_paper_table_add_column(p, t, "Công thức", 10, false);
	kh_paper_table_add_column(p, t, "Chữ dài", 10, false);
	static const char *const formulas[] = {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "{=1}", "http://example.invalid/"};
	for (size_t i = 0; i < KH_COUNT(formulas); i++) {
		kh_paper_table_add_text(p, t, formulas[i]);
		kh_paper_table_add_text(p, t, i == 2 ? word : "một\nhai\r\nba");
	}
}

struct kh_paper *kh_sample_paper(const char *name)
{
	static const char *const names[] = {"report", "letter", "blank", "hostile", "long"};
	size_t i = 0;
	while (i < KH_COUNT(names) && !kh_streq(names[i], name))
		i++;
	if (i == KH_COUNT(names))
		return NULL;
	struct kh_paper *p = kh_paper_new();
	p->year = 2026;
	if (i == 0)
		set_report(p, 8, 60);
	else if (i == 1)
		set_letter(p);
	else if (i == 3)
		set_hostile(p);
	else if (i == 4)
		set_report(p, 100, 10000);
	return p;
}
