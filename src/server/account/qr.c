#include "server/account/qr.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"

#include <errno.h>
#include <qrencode.h>

#define QUIET 4 /* modules around the code that stay light (ISO/IEC 18004, 6.3.8) */

static void free_code(QRcode **code)
{
	QRcode_free(*code);
}

static int encode(const char *text, QRcode **ret)
{
	QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	if (!code)
		return kh_fail(errno == ERANGE ? KH_E_TOO_LARGE : KH_E_INTERNAL, "a text of %zu bytes fits no QR code", strlen(text));
	*ret = code;
	return 0;
}

static bool dark(const QRcode *code, int x, int y)
{
	return x >= 0 && y >= 0 && x < code->width && y < code->width && (code->data[y * code->width + x] & 1);
}

int kh_qr_terminal(const char *text, bool colours, char **ret)
{
	/* By what is light in the upper and the lower half: the ink is light, the ground dark, as most terminals are. */
	static const char *const block[2][2] = {{" ", "▄"}, {"▀", "█"}};
	KH_CLEANUP(free_code) QRcode *code = NULL;
	int r = encode(text, &code);
	if (r < 0)
		return r;
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	for (int y = -QUIET; y < code->width + QUIET; y += 2) {
		kh_buf_adds(&out, colours ? "\033[97;40m" : "");
		for (int x = -QUIET; x < code->width + QUIET; x++)
			kh_buf_adds(&out, block[!dark(code, x, y)][!dark(code, x, y + 1) && y + 1 < code->width + QUIET]);
		kh_buf_adds(&out, colours ? "\033[0m\n" : "\n");
	}
	*ret = kh_buf_take(&out);
	return 0;
}

int kh_qr_svg(const char *text, char **ret)
{
	KH_CLEANUP(free_code) QRcode *code = NULL;
	int r = encode(text, &code);
	if (r < 0)
		return r;
	int side = code->width + 2 * QUIET;
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	kh_buf_addf(&out,
		    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
		    "<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path d=\"",
		    side, side, side, side);
	for (int y = 0; y < code->width; y++)
		for (int x = 0; x < code->width; x++)
			if (dark(code, x, y))
				kh_buf_addf(&out, "M%d %dh1v1h-1z", x + QUIET, y + QUIET);
	kh_buf_adds(&out, "\"/></svg>");
	*ret = kh_buf_take(&out);
	return 0;
}
