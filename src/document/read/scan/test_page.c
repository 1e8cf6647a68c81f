#include "document/read/scan/test_page.h"

#include "base/alloc.h"

#include <cairo-pdf.h>
#include <string.h>

enum { A4_WIDTH = 210, A4_HEIGHT = 297 };
static const double inch = 25.4, points = 72;

const struct test_words test_letter[] = {
	{40, 25, "UBND TỈNH BÌNH MINH"},
	{46, 31, "SỞ NỘI VỤ", .bold = true},
	{110, 25, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", .bold = true, .points = 12},
	{125, 31, "Độc lập - Tự do - Hạnh phúc", .bold = true},
	{45, 38, "Số: 12/BC-SNV"},
	{118, 38, "Bình Minh, ngày 05 tháng 9 năm 2025", .points = 13},
	{95, 62, "BÁO CÁO", .bold = true},
	{70, 69, "Tình hình an ninh, trật tự quý III", .bold = true},
	{30, 82, "Thực hiện chương trình công tác năm 2025, cơ quan đã kiểm tra các đơn vị trực thuộc, kết"},
	{30, 89, "quả được ghi trong bảng kèm theo. Các đơn vị đã sửa những điều còn thiếu, báo cáo cấp"},
	{30, 96, "trên trước ngày cuối tháng; những việc chưa xong được giao cho người chịu trách nhiệm"},
	{30, 103, "theo dõi đến khi kết thúc. Nội dung này không có gì đặc biệt và chỉ dùng để thử máy quét,"},
	{30, 110, "gồm nhiều dòng chữ thường như mọi văn bản hành chính, có dấu, có số, có chữ hoa đầu"},
	{30, 117, "câu. Đề nghị các phòng chuyên môn phối hợp thực hiện nghiêm túc những điều đã nêu ở"},
	{30, 124, "trên và gửi kết quả về văn phòng đúng thời hạn."},
};
const size_t test_letter_n = KH_COUNT(test_letter);

static void draw_words(cairo_t *cr, double mm, const struct test_words *w)
{
	cairo_text_extents_t e;
	const double size = (w->points > 0 ? w->points : 14) * inch / points * mm, margin = 2 * mm;
	cairo_select_font_face(cr, "Liberation Serif", CAIRO_FONT_SLANT_NORMAL, w->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(cr, size);
	cairo_set_source_rgb(cr, w->red ? 0.85 : 0, w->red ? 0.1 : 0, w->red ? 0.12 : 0);
	cairo_move_to(cr, w->x * mm, w->y * mm);
	cairo_show_text(cr, w->text);
	if (!w->framed)
		return;
	cairo_text_extents(cr, w->text, &e);
	cairo_set_line_width(cr, 0.5 * mm);
	cairo_rectangle(cr, w->x * mm - margin, w->y * mm + e.y_bearing - margin, e.x_advance + 2 * margin, e.height + 2 * margin);
	cairo_stroke(cr);
}

void test_page_draw(cairo_t *cr, double mm, const struct test_words *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		draw_words(cr, mm, &words[i]);
}

PIX *test_page_picture(double dpi, const struct test_words *const words[], const size_t n[], size_t lists)
{
	const int width = (int)(A4_WIDTH * dpi / inch), height = (int)(A4_HEIGHT * dpi / inch);
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
	cairo_t *cr = cairo_create(surface);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	for (size_t i = 0; i < lists; i++)
		test_page_draw(cr, dpi / inch, words[i], n[i]);
	cairo_surface_flush(surface);
	PIX *pix = pixCreate(width, height, 32);
	for (int y = 0; y < height; y++) {
		const uint32_t *from = (const void *)(cairo_image_surface_get_data(surface) + (size_t)y * (size_t)cairo_image_surface_get_stride(surface));
		for (int x = 0; x < width; x++)
			pixSetPixel(pix, x, y, from[x] << 8);
	}
	pixSetResolution(pix, (int)dpi, (int)dpi);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	return pix;
}

static cairo_status_t take(void *context, const unsigned char *bytes, unsigned n)
{
	kh_buf_add(context, bytes, n);
	return CAIRO_STATUS_SUCCESS;
}

void test_page_pdf(const struct test_words *const words[], const size_t n[], size_t lists, struct kh_buf *ret)
{
	const double mm = points / inch;
	cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(take, ret, A4_WIDTH * mm, A4_HEIGHT * mm);
	cairo_t *cr = cairo_create(surface);
	for (size_t i = 0; i < lists; i++) {
		test_page_draw(cr, mm, words[i], n[i]);
		cairo_show_page(cr);
	}
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
}

void test_page_pdf_of_picture(PIX *pix, const struct test_words *words, size_t n, struct kh_buf *ret)
{
	const double mm = points / inch;
	const int width = pixGetWidth(pix), height = pixGetHeight(pix);
	cairo_surface_t *picture = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height), *surface = cairo_pdf_surface_create_for_stream(take, ret, A4_WIDTH * mm, A4_HEIGHT * mm);
	for (int y = 0; y < height; y++) {
		uint32_t *to = (void *)(cairo_image_surface_get_data(picture) + (size_t)y * (size_t)cairo_image_surface_get_stride(picture));
		for (int x = 0; x < width; x++) {
			l_uint32 dot = 0;
			pixGetPixel(pix, x, y, &dot);
			to[x] = dot >> 8;
		}
	}
	cairo_surface_mark_dirty(picture);
	cairo_t *cr = cairo_create(surface);
	cairo_save(cr);
	cairo_scale(cr, A4_WIDTH * mm / width, A4_HEIGHT * mm / height);
	cairo_set_source_surface(cr, picture, 0, 0);
	cairo_paint(cr);
	cairo_restore(cr);
	test_page_draw(cr, mm, words, n);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	cairo_surface_destroy(picture);
}
