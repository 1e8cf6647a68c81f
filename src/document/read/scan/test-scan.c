#include "base/test.h"
#include "document/read/scan/ocr.h"
#include "document/read/scan/page.h"
#include "document/read/scan/stamp.h"
#include "document/read/scan/test_page.h"
#include "document/read/test_reading.h"

#include <stdio.h>

static const struct test_words stamp[] = {{46, 50, "TỐI MẬT", .red = true, .bold = true, .framed = true}}, typed[] = {{46, 50, "MẬT", .bold = true}};

/* A page of the letter with a stamp, or without. */
static PIX *letter(double dpi, const struct test_words *mark)
{
	const struct test_words *const words[] = {test_letter, mark};
	const size_t n[] = {test_letter_n, 1};
	return test_page_picture(dpi, words, n, mark ? 2 : 1);
}

static PIX *grey(PIX *pix)
{
	PIX *out = pixConvertTo8(pix, 0);
	pixDestroy(&pix);
	return out;
}

/* ---- what is found ---- */

struct seen {
	size_t lines, candidates, red, framed;
};

static struct seen find(PIX *pix, bool first)
{
	struct kh_stamp_page found;
	struct seen s = {0};
	kh_stamp_find(pix, (float)pixGetXRes(pix), true, first, &found);
	kh_array_each(&found.lines, l) {
		s.candidates += l->candidate;
		s.red += l->red;
		s.framed += l->framed;
	}
	s.lines = found.lines.n;
	kh_stamp_page_done(&found);
	pixDestroy(&pix);
	return s;
}

static void stamps_are_found_by_their_shapes(void **state)
{
	(void)state;
	struct seen s = find(letter(150, stamp), true);
	assert_true(s.red == 1 && s.framed == 1 && s.lines >= test_letter_n && s.candidates >= 5);
	s = find(grey(letter(200, stamp)), true);
	assert_true(s.red == 0 && s.framed == 1);
	s = find(letter(150, NULL), true);
	assert_true(s.red == 0 && s.framed == 0);
}

static void pages_without_writing_have_no_lines(void **state)
{
	PIX *white = pixCreate(1240, 1754, 8), *noise = pixCreate(1240, 1754, 8), *small = pixCreate(5, 5, 1);
	unsigned seed = 7;
	(void)state;
	pixSetAll(white);
	for (int y = 0; y < 1754; y++)
		for (int x = 0; x < 1240; x++)
			pixSetPixel(noise, x, y, (seed = seed * 1664525U + 1013904223U) >> 24);
	pixSetResolution(white, 150, 150);
	pixSetResolution(noise, 150, 150);
	pixSetResolution(small, 150, 150);
	assert_int_equal(find(white, true).lines, 0);
	assert_int_equal(find(noise, true).candidates, 0);
	assert_int_equal(find(small, true).lines, 0);
}

/* ---- what is read ---- */

static char letters[4 << 20];
static size_t letters_n;

static bool of_interest(void *context, const struct kh_document_line *line)
{
	(void)context;
	return strstr(line->text, "MẬT") != NULL;
}

static void read_picture(struct test_told *told, enum kh_ocr ocr, const void *bytes, size_t n)
{
	static const struct kh_unpack_limits limits = KH_UNPACK_LIMITS;
	const struct kh_document_options options = {.limits = &limits, .ocr = ocr, .letters = letters, .letters_size = letters_n};
	struct kh_document_sink sink = test_sink(told);
	sink.of_interest = of_interest;
	assert_int_equal(kh_document_read(&options, bytes, n, &sink), 0);
}

/* The picture as a file of this kind; taken over. */
static void reads(PIX *pix, int format, enum kh_ocr ocr, const char *wanted)
{
	struct test_told told = {0};
	l_uint8 *bytes = NULL;
	size_t n = 0;
	assert_int_equal(format == IFF_JFIF_JPEG ? pixWriteMemJpeg(&bytes, &n, pix, 60, 0) : pixWriteMem(&bytes, &n, pix, format), 0);
	read_picture(&told, ocr, bytes, n);
	if (wanted && !strstr(kh_buf_text(&told.text), wanted))
		fail_msg("%dx%d %d bits: no \"%s\" in:\n%s", pixGetWidth(pix), pixGetHeight(pix), pixGetDepth(pix), wanted, kh_buf_text(&told.text));
	if (!wanted)
		assert_int_equal(told.lines.n, 0);
	test_told_done(&told);
	lept_free(bytes);
	pixDestroy(&pix);
}

static PIX *turned(PIX *pix, double degrees)
{
	PIX *out = pixRotateAMColor(pix, (float)(degrees * 3.14159265 / 180), 0xffffff00);
	pixSetResolution(out, pixGetXRes(pix), pixGetYRes(pix));
	pixDestroy(&pix);
	return out;
}

static PIX *quarters(PIX *pix, int n)
{
	PIX *out = pixRotateOrth(pix, n);
	pixDestroy(&pix);
	return out;
}

static PIX *black(PIX *pix)
{
	PIX *dots = grey(pix), *out = pixThresholdToBinary(dots, 170);
	pixSetResolution(out, pixGetXRes(dots), pixGetYRes(dots));
	pixDestroy(&dots);
	return out;
}

static void stamps_are_read_however_they_were_scanned(void **state)
{
	static const char red[] = "picture 1 red,framed,placed: TỐI MẬT\n", framed[] = "picture 1 framed,placed: TỐI MẬT\n";
	(void)state;
	reads(letter(200, stamp), IFF_JFIF_JPEG, KH_OCR_AUTO, red);
	reads(letter(300, stamp), IFF_JFIF_JPEG, KH_OCR_AUTO, red);
	reads(letter(150, stamp), IFF_PNG, KH_OCR_AUTO, red);
	reads(turned(letter(200, stamp), 3), IFF_JFIF_JPEG, KH_OCR_AUTO, red);
	reads(turned(letter(200, stamp), -3), IFF_TIFF_LZW, KH_OCR_AUTO, red);
	reads(quarters(letter(200, stamp), 1), IFF_JFIF_JPEG, KH_OCR_AUTO, red);
	reads(quarters(letter(200, stamp), 2), IFF_PNG, KH_OCR_AUTO, red);
	reads(quarters(letter(200, stamp), 3), IFF_PNG, KH_OCR_AUTO, red);
	reads(grey(letter(200, stamp)), IFF_JFIF_JPEG, KH_OCR_AUTO, framed);
	reads(black(letter(200, stamp)), IFF_TIFF_G4, KH_OCR_AUTO, framed);
	reads(letter(200, typed), IFF_JFIF_JPEG, KH_OCR_AUTO, "picture 1 placed: MẬT\n");
	reads(letter(200, stamp), IFF_PNG, KH_OCR_AUTO, "Độc lập - Tự do - Hạnh phúc\n"); /* what stands around it, too */
}

static void nothing_is_given_of_what_is_of_no_interest(void **state)
{
	(void)state;
	reads(letter(200, NULL), IFF_PNG, KH_OCR_AUTO, NULL);
	reads(letter(200, NULL), IFF_PNG, KH_OCR_ALWAYS, "Thực hiện chương trình công tác năm 2025");
	reads(letter(200, stamp), IFF_PNG, KH_OCR_NEVER, "begin png\ngap pictures not read\nend\n");
}

/* A stamp that was cut out and put into a document. */
static void pictures_of_stamps_are_read(void **state)
{
	PIX *page = letter(200, stamp);
	BOX *box = boxCreate(330, 320, 260, 100);
	PIX *cut = pixClipRectangle(page, box, NULL);
	(void)state;
	boxDestroy(&box);
	pixDestroy(&page);
	pixSetResolution(cut, 0, 0);
	reads(cut, IFF_PNG, KH_OCR_AUTO, "picture 1 red,framed: TỐI MẬT\n");
}

static void every_page_of_a_tiff_is_looked_at(void **state)
{
	PIXA *pages = pixaCreate(2);
	struct test_told told = {0};
	l_uint8 *bytes = NULL;
	size_t n = 0;
	(void)state;
	pixaAddPix(pages, black(letter(200, NULL)), L_INSERT);
	pixaAddPix(pages, black(letter(200, stamp)), L_INSERT);
	assert_int_equal(pixaWriteMemMultipageTiff(&bytes, &n, pages), 0);
	read_picture(&told, KH_OCR_AUTO, bytes, n);
	assert_non_null(strstr(kh_buf_text(&told.text), "picture 2 framed,placed: TỐI MẬT\n"));
	assert_null(strstr(kh_buf_text(&told.text), "picture 1"));
	test_told_done(&told);
	lept_free(bytes);
	pixaDestroy(&pages);
}

/* Whose header says a picture of 60,000 by 60,000, or more than there is. */
static void large_and_cut_pictures_are_told(void **state)
{
	static const char huge[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xea\x60\0\0\xea\x60\1\0\0\0\0", cut[] = "\xff\xd8\xff\xe0\0\x10JFIF";
	struct test_told told = {0};
	(void)state;
	read_picture(&told, KH_OCR_AUTO, huge, sizeof huge - 1);
	read_picture(&told, KH_OCR_AUTO, cut, sizeof cut - 1);
	assert_string_equal(kh_buf_text(&told.text), "begin png\ngap limit of the reader of its format\nend\nbegin jpeg\ngap damaged or of an unknown kind\nend\n");
	test_told_done(&told);
}

static int load_letters(void **state)
{
	FILE *f = fopen("/usr/share/tesseract-ocr/5/tessdata/vie.traineddata", "rb");
	(void)state;
	kh_scan_be_silent();
	letters_n = f ? fread(letters, 1, sizeof letters, f) : 0;
	if (f)
		fclose(f);
	return letters_n ? 0 : -1;
}

static int forget_letters(void **state)
{
	(void)state;
	kh_ocr_done();
	return 0;
}

KH_TESTS_WITH(load_letters, forget_letters, stamps_are_found_by_their_shapes, pages_without_writing_have_no_lines, stamps_are_read_however_they_were_scanned,
	      nothing_is_given_of_what_is_of_no_interest, pictures_of_stamps_are_read, every_page_of_a_tiff_is_looked_at, large_and_cut_pictures_are_told)
