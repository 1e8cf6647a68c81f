/* khien-test-scan SEED LOOK QUARTERS IN OUT: a page as it comes from a scanner: fed turned by so many quarters, and askew by at most 3°, with noise; LOOK is colour, grey or black. OUT's ending says what it becomes: .jpg (quality 60),
 * .png, .tif (of black and white: CCITT G4) or .pdf (one picture on a page of 200 dpi). The same seed makes the same page. */
#include <leptonica/allheaders.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double part(unsigned *state)
{
	*state = *state * 1664525U + 1013904223U;
	return (double)(*state >> 8) / (1 << 24);
}

/* A light unevenness of the paper and the lamp: each value is moved a little. */
static void add_noise(PIX *pix, unsigned *state)
{
	l_uint32 *data = pixGetData(pix);
	size_t words = (size_t)pixGetWpl(pix) * (size_t)pixGetHeight(pix);
	for (size_t i = 0; i < words; i++) {
		l_uint32 in = data[i], out = 0;
		for (unsigned shift = 0; shift < 32; shift += 8) {
			int v = (int)(in >> shift & 255) + (int)(part(state) * 25) - 12;
			out |= (l_uint32)(v < 0 ? 0 : v > 255 ? 255 : v) << shift;
		}
		data[i] = out;
	}
}

static PIX *scanned(PIX *page, const char *look, int quarters, unsigned *state)
{
	double turn = (part(state) * 6 - 3) * 3.14159265 / 180;
	PIX *colour = pixRotateOrth(pixConvertTo32(page), quarters);
	PIX *turned = pixRotateAMColor(colour, (l_float32)turn, 0xffffff00);
	PIX *grey = strcmp(look, "colour") == 0 ? NULL : pixConvertRGBToGray(turned, 0, 0, 0);
	PIX *out = grey ? grey : turned;
	add_noise(out, state);
	if (strcmp(look, "black") == 0)
		out = pixThresholdToBinary(grey, 170);
	pixSetResolution(out, 200, 200);
	return out;
}

static int write_as(PIX *pix, const char *path)
{
	const char *ending = strrchr(path, '.');
	if (ending && strcmp(ending, ".pdf") == 0) {
		l_uint8 *data = NULL;
		size_t n = 0;
		FILE *f = pixConvertToPdfData(pix, pixGetDepth(pix) == 1 ? L_G4_ENCODE : L_JPEG_ENCODE, 60, &data, &n, 0, 0, 200, "scan", NULL, 0) == 0 ? fopen(path, "wb") : NULL;
		return f && fwrite(data, 1, n, f) == n && fclose(f) == 0 ? 0 : 1;
	}
	if (ending && strcmp(ending, ".jpg") == 0)
		return pixWriteJpeg(path, pix, 60, 0);
	return pixWrite(path, pix, ending && strcmp(ending, ".tif") == 0 ? (pixGetDepth(pix) == 1 ? IFF_TIFF_G4 : IFF_TIFF_LZW) : IFF_PNG);
}

int main(int argc, char **argv)
{
	if (argc != 6)
		return fprintf(stderr, "khien-test-scan SEED LOOK QUARTERS IN OUT\n"), 2;
	unsigned state = (unsigned)strtoul(argv[1], NULL, 10);
	PIX *page = pixRead(argv[4]);
	return page ? write_as(scanned(page, argv[2], (int)(strtoul(argv[3], NULL, 10) & 3), &state), argv[5]) : 1;
}
