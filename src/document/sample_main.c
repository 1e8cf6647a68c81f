/* khien-document SAMPLE FORMAT FILE: a sample of sample.h as docx, pdf, xlsx or text, for tests that read it with other programs. */
#include "base/error.h"
#include "base/str.h"
#include "document/docx.h"
#include "document/pdf.h"
#include "document/sample.h"
#include "document/sheet.h"
#include "document/text.h"

#include <stdio.h>

#define MADE_S 1767600000

static int write_as(const struct kh_paper *paper, const char *format, struct kh_buf *out)
{
	if (kh_streq(format, "docx"))
		return kh_docx_write(paper, MADE_S, out);
	if (kh_streq(format, "pdf"))
		return kh_pdf_write(paper, MADE_S, out);
	if (kh_streq(format, "xlsx"))
		return kh_sheet_write(paper, MADE_S, out);
	return kh_plain_write(paper, out);
}

int main(int argc, char **argv)
{
	kh_auto_paper struct kh_paper *paper = argc == 4 ? kh_sample_paper(argv[1]) : NULL;
	kh_auto_buf struct kh_buf out = KH_BUF_MAX(1024 * KH_MIB);
	if (!paper) {
		fputs("khien-document report|letter|blank|hostile|long docx|pdf|xlsx|text FILE\n", stderr);
		return 2;
	}
	int r = write_as(paper, argv[2], &out);
	FILE *file = r == 0 ? fopen(argv[3], "wb") : NULL;
	if (r < 0)
		fprintf(stderr, "%s: %s\n", kh_error_info(r)->name, kh_fail_detail());
	bool written = file && fwrite(kh_buf_text(&out), 1, out.len, file) == out.len;
	return file && fclose(file) == 0 && written ? 0 : 1;
}
