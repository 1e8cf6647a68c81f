#include "document/docx.h"

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "document/fonts.h"
#include "document/galley.h"
#include "document/limits.h"
#include "document/zip.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define NS_WORD "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
#define NS_OFFICE_RELATIONS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define NS_RELATIONS "http://schemas.openxmlformats.org/package/2006/relationships"
#define NS_DRAWING "http://schemas.openxmlformats.org/drawingml/2006/main"
#define NS_PICTURE "http://schemas.openxmlformats.org/drawingml/2006/picture"
#define NS_PLACED "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
#define WORD_PART "application/vnd.openxmlformats-officedocument.wordprocessingml."
#define RELATION NS_OFFICE_RELATIONS "/"

/* Twentieths of a point, in which Word measures. */
static long twips(double mm)
{
	return (long)(mm * 1440 / 25.4 + 0.5);
}

static long twips_of_pt(double pt)
{
	return (long)(pt * 20 + 0.5);
}

struct writer {
	const struct kh_fonts *fonts;
	struct kh_buf *out;
	double width_mm; /* of the column that is written */
};

/* ---- text ---- */

/* Cleaned text holds no character that XML forbids. */
static void add_escaped(struct kh_buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			kh_buf_adds(out, "&lt;");
			break;
		case '>':
			kh_buf_adds(out, "&gt;");
			break;
		case '&':
			kh_buf_adds(out, "&amp;");
			break;
		case '"':
			kh_buf_adds(out, "&quot;");
			break;
		default:
			kh_buf_addc(out, *text);
		}
	}
}

static void add_run(struct kh_buf *out, bool bold, const char *text)
{
	if (!*text)
		return;
	kh_auto_free char *copy = kh_strdup(text);
	char *rest = copy;
	bool first = true;
	kh_buf_addf(out, "<w:r>%s", bold ? "<w:rPr><w:b/><w:bCs/></w:rPr>" : "");
	for (char *line = kh_split(&rest, "\n"); line; line = kh_split(&rest, "\n")) {
		if (!first)
			kh_buf_adds(out, "<w:br/>");
		kh_buf_adds(out, "<w:t xml:space=\"preserve\">");
		add_escaped(out, line);
		kh_buf_adds(out, "</w:t>");
		first = false;
	}
	kh_buf_adds(out, "</w:r>");
}

static void add_text(struct writer *w, const struct kh_piece *piece)
{
	bool keep = piece->keep && !kh_form[piece->face].keep;
	bool bold = *piece->lead && !kh_streq(piece->lead, "- ");
	kh_buf_addf(w->out, "<w:p><w:pPr><w:pStyle w:val=\"F%d\"/>%s</w:pPr>", (int)piece->face, keep ? "<w:keepNext/>" : "");
	add_run(w->out, bold, piece->lead);
	add_run(w->out, false, piece->text);
	kh_buf_adds(w->out, "</w:p>");
}

/* A paragraph of no height with a border above, drawn in until it is as long as wanted. */
static void add_rule(struct writer *w, const struct kh_piece *piece)
{
	double text = kh_fonts_width_mm(w->fonts, piece->face, piece->text);
	long side = twips((w->width_mm - KH_MIN(text, w->width_mm) * piece->share) / 2);
	kh_buf_addf(w->out,
		    "<w:p><w:pPr>%s<w:pBdr><w:top w:val=\"single\" w:sz=\"%d\" w:space=\"0\" w:color=\"000000\"/></w:pBdr>"
		    "<w:spacing w:before=\"40\" w:after=\"0\" w:line=\"40\" w:lineRule=\"exact\"/><w:ind w:left=\"%ld\" w:right=\"%ld\"/>"
		    "<w:rPr><w:sz w:val=\"2\"/><w:szCs w:val=\"2\"/></w:rPr></w:pPr></w:p>",
		    piece->keep ? "<w:keepNext/>" : "", (int)(KH_FORM_RULE_PT * 8), side, side);
}

static void add_space(struct writer *w, double mm)
{
	kh_buf_addf(w->out, "<w:p><w:pPr><w:spacing w:before=\"0\" w:after=\"0\" w:line=\"%ld\" w:lineRule=\"exact\"/></w:pPr></w:p>", twips(mm));
}

/* English Metric Units, in which drawings are measured. */
static long emu(double mm)
{
	return (long)(mm * 36000 + 0.5);
}

/* The one picture of a document: rId6. */
static void add_picture(struct writer *w, const struct kh_piece *piece)
{
	double height = 0, width = kh_piece_picture_mm(piece, w->width_mm, &height);
	kh_buf_addf(w->out,
		    "<w:p><w:pPr><w:spacing w:before=\"0\" w:after=\"0\"/><w:jc w:val=\"center\"/></w:pPr><w:r><w:drawing><wp:inline distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\">"
		    "<wp:extent cx=\"%ld\" cy=\"%ld\"/><wp:docPr id=\"1\" name=\"Chữ ký\" descr=\"Chữ ký, con dấu\"/><a:graphic xmlns:a=\"" NS_DRAWING "\"><a:graphicData uri=\"" NS_PICTURE
		    "\"><pic:pic xmlns:pic=\"" NS_PICTURE "\"><pic:nvPicPr><pic:cNvPr id=\"1\" name=\"signature.png\"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed=\"rId6\"/>"
		    "<a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x=\"0\" y=\"0\"/><a:ext cx=\"%ld\" cy=\"%ld\"/></a:xfrm><a:prstGeom prst=\"rect\"><a:avLst/>"
		    "</a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>",
		    emu(width), emu(height), emu(width), emu(height));
	add_space(w, KH_MAX(piece->mm - height, 0.1));
}

/* ---- tables ---- */

static void begin_table(struct kh_buf *out, bool lines, const double *widths_mm, size_t n)
{
	static const char *const edges[] = {"top", "left", "bottom", "right", "insideH", "insideV"};
	double all = 0, side_mm = lines ? KH_FORM_CELL_MM_SIDE : 0, end_pt = lines ? KH_FORM_CELL_PT_END : 0;
	for (size_t i = 0; i < n; i++)
		all += widths_mm[i];
	kh_buf_addf(out, "<w:tbl><w:tblPr><w:tblW w:w=\"%ld\" w:type=\"dxa\"/><w:tblInd w:w=\"0\" w:type=\"dxa\"/><w:tblBorders>", twips(all));
	for (size_t i = 0; i < KH_COUNT(edges); i++)
		kh_buf_addf(out, "<w:%s w:val=\"%s\" w:sz=\"4\" w:space=\"0\" w:color=\"000000\"/>", edges[i], lines ? "single" : "nil");
	kh_buf_addf(out, "</w:tblBorders><w:tblLayout w:type=\"fixed\"/><w:tblCellMar><w:top w:w=\"%ld\" w:type=\"dxa\"/><w:left w:w=\"%ld\" w:type=\"dxa\"/>"
			 "<w:bottom w:w=\"%ld\" w:type=\"dxa\"/><w:right w:w=\"%ld\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr><w:tblGrid>",
		    twips_of_pt(end_pt), twips(side_mm), twips_of_pt(end_pt), twips(side_mm));
	for (size_t i = 0; i < n; i++)
		kh_buf_addf(out, "<w:gridCol w:w=\"%ld\"/>", twips(widths_mm[i]));
	kh_buf_adds(out, "</w:tblGrid>");
}

static void begin_row(struct kh_buf *out, bool head)
{
	kh_buf_addf(out, "<w:tr><w:trPr><w:cantSplit/>%s</w:trPr>", head ? "<w:tblHeader/>" : "");
}

static void begin_cell(struct kh_buf *out, double width_mm, double gap_mm)
{
	kh_buf_addf(out, "<w:tc><w:tcPr><w:tcW w:w=\"%ld\" w:type=\"dxa\"/>", twips(width_mm));
	if (gap_mm > 0)
		kh_buf_addf(out, "<w:tcMar><w:right w:w=\"%ld\" w:type=\"dxa\"/></w:tcMar>", twips(gap_mm));
	kh_buf_adds(out, "</w:tcPr>");
}

static void add_cell(struct kh_buf *out, double width_mm, enum kh_face face, bool centred, const char *text)
{
	begin_cell(out, width_mm, 0);
	kh_buf_addf(out, "<w:p><w:pPr><w:pStyle w:val=\"F%d\"/>%s</w:pPr>", (int)face, centred ? "<w:jc w:val=\"center\"/>" : "");
	add_run(out, false, text);
	kh_buf_adds(out, "</w:p></w:tc>");
}

static void add_heads(struct kh_buf *out, const struct kh_paper_table *table, const double *widths)
{
	begin_row(out, true);
	for (size_t i = 0; i < table->columns.n; i++)
		add_cell(out, widths[i], KH_FACE_COLUMN, false, table->columns.v[i].title);
	kh_buf_adds(out, "</w:tr>");
	if (!table->numbered)
		return;
	begin_row(out, true);
	for (size_t i = 0; i < table->columns.n; i++) {
		kh_auto_free char *number = kh_format("(%zu)", i + 1);
		add_cell(out, widths[i], KH_FACE_COLUMN, false, number);
	}
	kh_buf_adds(out, "</w:tr>");
}

static void add_table(struct writer *w, const struct kh_paper_table *table)
{
	double widths[KH_PAPER_COLUMNS] = {0};
	size_t n = table->columns.n;
	if (n == 0)
		return;
	kh_fonts_columns(w->fonts, table, w->width_mm, KH_FORM_CELL_MM_SIDE, widths);
	add_space(w, 2);
	begin_table(w->out, true, widths, n);
	add_heads(w->out, table, widths);
	for (size_t row = 0; row < kh_paper_table_shown(table); row++) {
		begin_row(w->out, false);
		for (size_t i = 0; i < n; i++) {
			size_t at = row * n + i;
			add_cell(w->out, widths[i], KH_FACE_CELL, table->columns.v[i].centred, at < table->cells.n ? table->cells.v[at].text : "");
		}
		kh_buf_adds(w->out, "</w:tr>");
	}
	kh_buf_adds(w->out, "</w:tbl>");
	add_space(w, 2); /* Word joins two tables that nothing parts */
}

/* ---- pieces ---- */

static void add_pieces(struct writer *w, const struct kh_pieces *pieces);

static void add_column(struct writer *w, double width_mm, double gap_mm, const struct kh_pieces *pieces)
{
	struct writer column = {.fonts = w->fonts, .out = w->out, .width_mm = width_mm - gap_mm};
	begin_cell(w->out, width_mm, gap_mm);
	add_pieces(&column, pieces);
	kh_buf_adds(w->out, "</w:tc>");
}

/* Pairs that follow each other are rows of one table. */
static const struct kh_piece *add_pairs(struct writer *w, const struct kh_piece *first, const struct kh_piece *end)
{
	double widths[2] = {w->width_mm * first->share, w->width_mm * (1 - first->share)};
	const struct kh_piece *pair = first;
	begin_table(w->out, false, widths, 2);
	for (; pair < end && pair->kind == KH_PIECE_PAIR && pair->share == first->share; pair++) {
		begin_row(w->out, false);
		add_column(w, widths[0], KH_FORM_PAIR_MM_GAP, pair->left);
		add_column(w, widths[1], 0, pair->right);
		kh_buf_adds(w->out, "</w:tr>");
	}
	kh_buf_adds(w->out, "</w:tbl>");
	return pair - 1;
}

static void add_pieces(struct writer *w, const struct kh_pieces *pieces)
{
	const struct kh_piece *end = pieces->of.v + pieces->of.n;
	for (const struct kh_piece *piece = pieces->of.v; piece < end; piece++) {
		if (piece->kind == KH_PIECE_TEXT)
			add_text(w, piece);
		else if (piece->kind == KH_PIECE_RULE)
			add_rule(w, piece);
		else if (piece->kind == KH_PIECE_SPACE)
			add_space(w, piece->mm);
		else if (piece->kind == KH_PIECE_PICTURE)
			add_picture(w, piece);
		else if (piece->kind == KH_PIECE_PAIR)
			piece = add_pairs(w, piece, end);
		else
			add_table(w, piece->table);
	}
}

/* ---- sections ---- */

static void add_section_end(struct kh_buf *out, const struct kh_section *section)
{
	double width = section->landscape ? KH_FORM_PAPER_MM_LONG : KH_FORM_PAPER_MM_SHORT;
	double height = section->landscape ? KH_FORM_PAPER_MM_SHORT : KH_FORM_PAPER_MM_LONG;
	kh_buf_addf(out,
		    "<w:sectPr><w:headerReference w:type=\"default\" r:id=\"rId4\"/><w:headerReference w:type=\"first\" r:id=\"rId5\"/><w:type w:val=\"nextPage\"/>"
		    "<w:pgSz w:w=\"%ld\" w:h=\"%ld\"%s/><w:pgMar w:top=\"%ld\" w:right=\"%ld\" w:bottom=\"%ld\" w:left=\"%ld\" w:header=\"%ld\" w:footer=\"%ld\" w:gutter=\"0\"/>"
		    "<w:pgNumType w:start=\"1\"/><w:titlePg/></w:sectPr>",
		    twips(width), twips(height), section->landscape ? " w:orient=\"landscape\"" : "", twips(KH_FORM_MARGIN_MM_TOP), twips(KH_FORM_MARGIN_MM_RIGHT),
		    twips(KH_FORM_MARGIN_MM_BOTTOM), twips(KH_FORM_MARGIN_MM_LEFT), twips(KH_FORM_PAGE_NUMBER_MM), twips(KH_FORM_PAGE_NUMBER_MM));
}

static void write_section(struct writer *w, const struct kh_section *section, bool last)
{
	double paper = section->landscape ? KH_FORM_PAPER_MM_LONG : KH_FORM_PAPER_MM_SHORT;
	w->width_mm = paper - KH_FORM_MARGIN_MM_LEFT - KH_FORM_MARGIN_MM_RIGHT;
	add_pieces(w, &section->pieces);
	/* The last paragraph of a section ends it: one of no height, so that it needs no page of its own. */
	kh_buf_adds(w->out, "<w:p><w:pPr><w:spacing w:before=\"0\" w:after=\"0\" w:line=\"20\" w:lineRule=\"exact\"/><w:rPr><w:sz w:val=\"2\"/><w:szCs w:val=\"2\"/></w:rPr>");
	if (!last)
		add_section_end(w->out, section);
	kh_buf_adds(w->out, "</w:pPr></w:p>");
	if (last)
		add_section_end(w->out, section);
}

static void write_document(const struct kh_fonts *fonts, const struct kh_galley *galley, struct kh_buf *out)
{
	struct writer w = {.fonts = fonts, .out = out};
	kh_buf_adds(out, HEAD "<w:document xmlns:w=\"" NS_WORD "\" xmlns:r=\"" NS_OFFICE_RELATIONS "\" xmlns:wp=\"" NS_PLACED "\"><w:body>");
	kh_array_each(&galley->sections, section)
		write_section(&w, section, section + 1 == galley->sections.v + galley->sections.n);
	kh_buf_adds(out, "</w:body></w:document>");
}

/* ---- the other parts ---- */

static const char *const alignments[] = {[KH_ALIGN_LEFT] = "left", [KH_ALIGN_CENTRE] = "center", [KH_ALIGN_RIGHT] = "right", [KH_ALIGN_JUSTIFY] = "both"};

static void write_style(struct kh_buf *out, int face)
{
	const struct kh_face_form *form = &kh_form[face];
	kh_buf_addf(out, "<w:style w:type=\"paragraph\" w:customStyle=\"1\" w:styleId=\"F%d\"><w:name w:val=\"%s\"/><w:basedOn w:val=\"Normal\"/><w:qFormat/><w:pPr>%s", face, form->name,
		    form->keep ? "<w:keepNext/>" : "");
	kh_buf_addf(out, "<w:spacing w:before=\"%ld\" w:after=\"0\" w:line=\"%d\" w:lineRule=\"auto\"/><w:ind w:left=\"%ld\" w:firstLine=\"%ld\"/><w:jc w:val=\"%s\"/>",
		    twips_of_pt(form->before_pt), (int)(form->lines * 240), twips(form->hang_mm), twips(form->indent_mm), alignments[form->align]);
	if (form->outline)
		kh_buf_addf(out, "<w:outlineLvl w:val=\"%d\"/>", form->outline - 1);
	kh_buf_addf(out, "</w:pPr><w:rPr>%s%s<w:sz w:val=\"%d\"/><w:szCs w:val=\"%d\"/></w:rPr></w:style>", form->bold ? "<w:b/><w:bCs/>" : "", form->italic ? "<w:i/><w:iCs/>" : "",
		    (int)(form->size_pt * 2), (int)(form->size_pt * 2));
}

static void write_styles(struct kh_buf *out)
{
	kh_buf_adds(out, HEAD "<w:styles xmlns:w=\"" NS_WORD "\"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii=\"" KH_FORM_FONT "\" w:hAnsi=\"" KH_FORM_FONT
			      "\" w:eastAsia=\"" KH_FORM_FONT "\" w:cs=\"" KH_FORM_FONT "\"/><w:color w:val=\"000000\"/><w:sz w:val=\"28\"/><w:szCs w:val=\"28\"/>"
			      "<w:lang w:val=\"vi-VN\" w:eastAsia=\"vi-VN\" w:bidi=\"ar-SA\"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:widowControl/><w:spacing w:before=\"0\" w:after=\"0\"/></w:pPr>"
			      "</w:pPrDefault></w:docDefaults><w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/></w:style>");
	for (int face = 0; face < KH_FACES; face++)
		write_style(out, face);
	kh_buf_adds(out, "</w:styles>");
}

static void write_header(struct kh_buf *out, bool number)
{
	kh_buf_addf(out, HEAD "<w:hdr xmlns:w=\"" NS_WORD "\"><w:p><w:pPr><w:pStyle w:val=\"F%d\"/></w:pPr>%s</w:p></w:hdr>", KH_FACE_PAGE_NUMBER,
		    number ? "<w:fldSimple w:instr=\" PAGE \"><w:r><w:t>2</w:t></w:r></w:fldSimple>" : "");
}

static void write_core(const struct kh_paper *paper, int64_t made_s, struct kh_buf *out)
{
	char made[KH_ISO_SIZE];
	kh_time_iso(made_s * 1000, made);
	kh_buf_adds(out, HEAD "<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
			      "xmlns:dcterms=\"http://purl.org/dc/terms/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>");
	add_escaped(out, paper->about);
	kh_buf_adds(out, "</dc:title><dc:creator>");
	add_escaped(out, paper->issuer);
	kh_buf_addf(out, "</dc:creator><dc:language>vi-VN</dc:language><dcterms:created xsi:type=\"dcterms:W3CDTF\">%.19sZ</dcterms:created></cp:coreProperties>", made);
}

static const char content_types[] =
	HEAD "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
	     "<Default Extension=\"png\" ContentType=\"image/png\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/word/document.xml\" ContentType=\"" WORD_PART "document.main+xml\"/>"
	     "<Override PartName=\"/word/styles.xml\" ContentType=\"" WORD_PART "styles+xml\"/><Override PartName=\"/word/settings.xml\" ContentType=\"" WORD_PART "settings+xml\"/>"
	     "<Override PartName=\"/word/header1.xml\" ContentType=\"" WORD_PART "header+xml\"/><Override PartName=\"/word/header2.xml\" ContentType=\"" WORD_PART "header+xml\"/>"
	     "<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/></Types>";

static const char package_relations[] =
	HEAD "<Relationships xmlns=\"" NS_RELATIONS "\"><Relationship Id=\"rId1\" Type=\"" RELATION "officeDocument\" Target=\"word/document.xml\"/>"
	     "<Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/></Relationships>";

static const char document_relations[] =
	HEAD "<Relationships xmlns=\"" NS_RELATIONS "\"><Relationship Id=\"rId1\" Type=\"" RELATION "styles\" Target=\"styles.xml\"/>"
	     "<Relationship Id=\"rId2\" Type=\"" RELATION "settings\" Target=\"settings.xml\"/><Relationship Id=\"rId4\" Type=\"" RELATION "header\" Target=\"header1.xml\"/>"
	     "<Relationship Id=\"rId5\" Type=\"" RELATION "header\" Target=\"header2.xml\"/>";

/* Laid out as by Word 2013 and later: else the edges of tables stand outside the margins. */
static const char settings[] =
	HEAD "<w:settings xmlns:w=\"" NS_WORD "\"><w:defaultTabStop w:val=\"720\"/><w:characterSpacingControl w:val=\"doNotCompress\"/><w:compat>"
	     "<w:compatSetting w:name=\"compatibilityMode\" w:uri=\"http://schemas.microsoft.com/office/word\" w:val=\"15\"/></w:compat></w:settings>";

enum { TYPES, RELATIONS, DOCUMENT, DOCUMENT_RELATIONS, STYLES, SETTINGS, HEADER_NUMBER, HEADER_EMPTY, CORE, SIGNATURE, PARTS };

static const char *const names[PARTS] = {"[Content_Types].xml", "_rels/.rels",       "word/document.xml", "word/_rels/document.xml.rels", "word/styles.xml",
					 "word/settings.xml",   "word/header1.xml", "word/header2.xml",  "docProps/core.xml",
					 "word/media/signature.png"};

static void write_relations(const struct kh_paper *paper, struct kh_buf *out)
{
	kh_buf_adds(out, document_relations);
	if (paper->signature.width)
		kh_buf_adds(out, "<Relationship Id=\"rId6\" Type=\"" RELATION "image\" Target=\"media/signature.png\"/>");
	kh_buf_adds(out, "</Relationships>");
}

/* The signature comes last: without one it is no part. */
static int pack(struct kh_buf parts[PARTS], int64_t made_s, struct kh_buf *out)
{
	struct kh_zip_member members[PARTS] = {0};
	size_t n = parts[SIGNATURE].len ? PARTS : SIGNATURE;
	for (size_t i = 0; i < n; i++) {
		int r = kh_buf_status(&parts[i]);
		if (r < 0)
			return kh_fail(KH_E_TOO_LARGE, "DOCX");
		members[i] = (struct kh_zip_member){names[i], &parts[i]};
	}
	return kh_zip_write(members, n, made_s, out);
}

int kh_docx_write(const struct kh_paper *paper, int64_t made_s, struct kh_buf *out)
{
	kh_auto_fonts struct kh_fonts fonts = {0};
	kh_auto_galley struct kh_galley galley = {0};
	struct kh_buf parts[PARTS] = {0};
	int r = kh_paper_status(paper);
	r = r < 0 ? r : kh_fonts_new(&fonts);
	if (r < 0)
		return r;
	kh_galley_set(paper, &galley);
	kh_buf_adds(&parts[TYPES], content_types);
	kh_buf_adds(&parts[RELATIONS], package_relations);
	write_relations(paper, &parts[DOCUMENT_RELATIONS]);
	kh_buf_add(&parts[SIGNATURE], paper->signature.png.data, paper->signature.png.len);
	kh_buf_adds(&parts[SETTINGS], settings);
	write_document(&fonts, &galley, &parts[DOCUMENT]);
	write_styles(&parts[STYLES]);
	write_header(&parts[HEADER_NUMBER], true);
	write_header(&parts[HEADER_EMPTY], false);
	write_core(paper, made_s, &parts[CORE]);
	r = pack(parts, made_s, out);
	for (int i = 0; i < PARTS; i++)
		kh_buf_done(&parts[i]);
	return r;
}
