/* Any bytes as a PDF: its objects, fonts, and what its pages draw, without Poppler; and any bytes as what the page of a good one draws. */
#include "document/read/fuzz_reading.h"
#include "document/read/pdf/quick.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_quick(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct kh_pdf_quick q;
	if (kh_pdf_quick_open(&q, r, bytes, n)) {
		kh_pdf_quick_properties(&q);
		for (size_t i = 0; i < q.pages.n && i < 50; i++)
			kh_ignore(kh_pdf_quick_give(&q, i));
	}
	kh_pdf_quick_done(&q);
}

/* The cross-reference table comes first: what is drawn may be of any size. */
static void add_drawing(struct kh_buf *pdf, const uint8_t *data, size_t size)
{
	static const char head[] = "%PDF-1.4\n", table[] = "xref\n1 5\n", trailer[] = "trailer<</Root 1 0 R>>\n";
	static const char *const objects[] = {
		"1 0 obj<</Pages 2 0 R>>endobj\n",
		"2 0 obj<</Kids[3 0 R]/Count 1/MediaBox[0 0 600 800]>>endobj\n",
		"3 0 obj<</Contents 5 0 R/Resources<</Font<</F 4 0 R>>/XObject<</X 5 0 R>>>>>>endobj\n",
		"4 0 obj<</Subtype/TrueType/BaseFont/F/Encoding/WinAnsiEncoding/FirstChar 0/Widths[500 600]>>endobj\n",
	};
	enum { ENTRY = 20 };
	size_t at = sizeof head - 1 + sizeof table - 1 + (KH_COUNT(objects) + 1) * ENTRY + sizeof trailer - 1;
	kh_buf_addf(pdf, "%s%s", head, table);
	for (size_t i = 0; i <= KH_COUNT(objects); i++) {
		kh_buf_addf(pdf, "%010zu 00000 n \n", at);
		at += i < KH_COUNT(objects) ? strlen(objects[i]) : 0;
	}
	kh_buf_adds(pdf, trailer);
	for (size_t i = 0; i < KH_COUNT(objects); i++)
		kh_buf_adds(pdf, objects[i]);
	kh_buf_addf(pdf, "5 0 obj<</Subtype/Form/Length %zu>>stream\n", size);
	kh_buf_add(pdf, data, size);
	kh_buf_addf(pdf, "\nendstream\nstartxref\n%zu\n", sizeof head - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kh_reader quick = {.format = KH_DOCUMENT_PDF, .read = read_quick};
	kh_auto_buf struct kh_buf pdf = KH_BUF_INIT;
	add_drawing(&pdf, data, size);
	fuzz_reading(&quick, (const uint8_t *)kh_buf_text(&pdf), pdf.len);
	return fuzz_reading(&quick, data, size);
}
