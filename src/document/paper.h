/* An official document (văn bản hành chính) as its author thinks of it: who issues it, to whom, what it says, with what annexes, and who signs. How it looks on paper is
 * form.h; the writers are docx.h, pdf.h, sheet.h and text.h.
 *
 * Every text is cleaned (clean.h) and copied when it is put in; NULL and "" are the same. What nobody has filled in stays visible as a blank "…". The functions that
 * add cannot fail: what passes a maximum of limits.h is left away and kh_paper_status() tells. */
#pragma once

#include "base/array.h"
#include "document/picture.h"

#include <stdbool.h>
#include <stdint.h>

#define KH_PAPER_BLANK "…"

enum kh_paper_kind {
	KH_PAPER_LETTER, /* công văn: V/v under the number (form 1.5) */
	KH_PAPER_NAMED,  /* báo cáo, tờ trình, kế hoạch…: name of the type in the middle (form 1.4) */
};

/* ---- tables ---- */

enum kh_cell_kind { KH_CELL_TEXT, KH_CELL_NUMBER, KH_CELL_DAY };

struct kh_cell {
	enum kh_cell_kind kind;
	const char *text; /* as it stands on paper */
	double number;    /* also the day number (days since 1970-01-01) of a KH_CELL_DAY */
	int places;       /* digits behind the comma of a number */
};

struct kh_column {
	const char *title;
	double share; /* of the width, against the other columns' */
	bool centred; /* numbers and short words; else to the left */
};

struct kh_paper_table {
	KH_ARRAY(struct kh_column) columns;
	KH_ARRAY(struct kh_cell) cells; /* row by row */
	bool numbered;                  /* a row (1), (2), (3)… under the heads, as forms have it */
	size_t most;                    /* rows on paper, where a line under the table counts the rest; 0: all of them. XLSX always has them all */
};

/* ---- the text ---- */

enum kh_block_kind {
	KH_BLOCK_SECTION, /* "I. KẾT QUẢ" */
	KH_BLOCK_CLAUSE,  /* "1. Phạm vi", a heading as well */
	KH_BLOCK_TEXT,
	KH_BLOCK_ITEM,    /* "- …" */
	KH_BLOCK_BASIS,   /* "Căn cứ …;" */
	KH_BLOCK_REMARK,  /* an aside, in italics */
	KH_BLOCK_TABLE,
};

struct kh_block {
	enum kh_block_kind kind;
	const char *lead;       /* begins the paragraph in bold; may be "" */
	const char *text;
	struct kh_paper_table *table; /* of KH_BLOCK_TABLE */
};

/* The body, or an annex. */
struct kh_part {
	const char *title; /* of an annex */
	bool landscape;
	bool sheet_only;   /* a list to work by: in XLSX alone */
	KH_ARRAY(struct kh_block) blocks;
};

struct kh_paper {
	enum kh_paper_kind kind;
	const char *parent, *issuer;           /* in any case: capitals are made. parent "": there is none */
	const char *number;                    /* "5"; "": given by the clerk when it is issued */
	const char *symbol;                    /* "BC-UBND" */
	const char *place;                     /* "Hoa Mai" */
	int64_t day;                           /* day number; KH_PAPER_NO_DAY: written in by hand, `year` is known */
	int year;
	const char *type;                      /* "Báo cáo"; of a letter "" */
	const char *about;                     /* trích yếu: "Kết quả thực hiện …"; of a letter what follows V/v */
	const char *authority[3];              /* "TM. Ủy ban nhân dân", "KT. Chủ tịch", "Phó Chủ tịch"; "" where there are fewer */
	const char *signer;
	struct kh_picture signature;           /* of the signer, and the seal; width 0: the place stays free */
	KH_ARRAY(const char *) to;             /* Kính gửi */
	KH_ARRAY(const char *) recipients;     /* Nơi nhận, without "Như trên", which is added when there is a `to`, and without … */
	const char *kept;                      /* … the last line: "VT, VHXH" becomes "Lưu: VT, VHXH." */
	const char *remark;                    /* a line at the top of the first page that says this is a draft, or invented data; "" */
	struct kh_part body;
	KH_ARRAY(struct kh_part *) annexes;

	struct kh_paper_own *own;
};

#define KH_PAPER_NO_DAY INT64_MIN

struct kh_paper *kh_paper_new(void) KH_MUST_USE;
void kh_paper_free(struct kh_paper *paper);
KH_DEFINE_CLEANUP(paper, struct kh_paper *, kh_paper_free);
#define kh_auto_paper KH_CLEANUP(kh_cleanup_paper)

/* 0, or KH_E_TOO_LARGE when something did not fit. */
int kh_paper_status(const struct kh_paper *paper) KH_MUST_USE;

/* Cleans and keeps a text as long as the paper; for its plain fields: paper->issuer = kh_paper_keep(paper, name). */
const char *kh_paper_keep(struct kh_paper *paper, const char *text);

void kh_paper_add_to(struct kh_paper *paper, const char *text);
void kh_paper_add_recipient(struct kh_paper *paper, const char *text);

/* A further annex. Those for XLSX alone (part->sheet_only) come last. */
struct kh_part *kh_paper_add_annex(struct kh_paper *paper, const char *title, bool landscape);

void kh_paper_add(struct kh_paper *paper, struct kh_part *part, enum kh_block_kind kind, const char *lead, const char *text);

/* Tables: first the columns, then the cells of each row in their order. A row left unfinished is filled up with empty cells. */
struct kh_paper_table *kh_paper_add_table(struct kh_paper *paper, struct kh_part *part);
void kh_paper_table_add_column(struct kh_paper *paper, struct kh_paper_table *table, const char *title, double share, bool centred);
void kh_paper_table_add_text(struct kh_paper *paper, struct kh_paper_table *table, const char *text);
void kh_paper_table_add_number(struct kh_paper *paper, struct kh_paper_table *table, double number, int places);
void kh_paper_table_add_day(struct kh_paper *paper, struct kh_paper_table *table, int64_t day);
size_t kh_paper_table_rows(const struct kh_paper_table *table) KH_PURE;
size_t kh_paper_rows(const struct kh_paper *paper) KH_PURE; /* of all tables */
size_t kh_paper_table_shown(const struct kh_paper_table *table) KH_PURE; /* rows on paper */

/* "1.234,5": as numbers are written in Vietnamese, `places` digits behind the comma. */
#define KH_PAPER_NUMBER_SIZE 64
const char *kh_paper_number_text(double number, int places, char out[KH_PAPER_NUMBER_SIZE]);

/* ---- lines that every writer needs alike; new memory ---- */

char *kh_paper_number_line(const struct kh_paper *paper) KH_MUST_USE;              /* "Số: 05/BC-UBND"; "Số:        /BC-UBND" */
char *kh_paper_place_line(const struct kh_paper *paper) KH_MUST_USE;               /* "Hoa Mai, ngày 05 tháng 01 năm 2026" */
char *kh_paper_annex_line(const struct kh_paper *paper, size_t i) KH_MUST_USE;     /* "Phụ lục II"; "Phụ lục" when it is the only one; "Danh sách 1" in XLSX alone */
char *kh_paper_annex_of_line(const struct kh_paper *paper) KH_MUST_USE;            /* "(Kèm theo Báo cáo số …/BC-UBND ngày … tháng … năm 2026 của UBND phường Hoa Mai)" */
char *kh_paper_recipient_line(const struct kh_paper *paper, size_t i) KH_MUST_USE; /* of 0…kh_paper_recipient_lines()-1: "- Như trên;" … "- Lưu: VT." */
size_t kh_paper_recipient_lines(const struct kh_paper *paper) KH_PURE;
