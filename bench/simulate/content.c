#include "content.h"

#include "base/alloc.h"
#include "base/time.h"

#include <zstd.h>

enum { ZSTD_LEVEL = 3 };

static uint64_t seed = 88172645463325252;

static uint64_t random_below(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

static const char *one_of(const char *const *words, size_t n)
{
	return words[random_below(n)];
}
#define one_of(...) one_of((const char *const[]){__VA_ARGS__}, KH_COUNT(((const char *const[]){__VA_ARGS__})))

static void add_hash(struct kh_buf *b)
{
	uint64_t hash[4];
	for (size_t i = 0; i < KH_COUNT(hash); i++)
		hash[i] = random_below(UINT64_MAX);
	kh_buf_add_hex(b, hash, sizeof hash);
}

static void add_process(struct kh_buf *b)
{
	const char *name = one_of("bash", "python3", "soffice.bin", "firefox-esr", "dpkg", "systemd", "sshd", "java", "clamscan", "cups-browsed");
	kh_buf_addf(b, "\"event\":{\"category\":\"process\",\"action\":\"start\",\"outcome\":\"success\"},\"process\":{\"pid\":%u,\"name\":\"%s\",\"executable\":\"/usr/bin/%s\",", (unsigned)random_below(99999),
		    name, name);
	kh_buf_addf(b, "\"command_line\":\"%s --profile /home/cv%02u/.config/%s/%u --no-first-run\",\"hash\":{\"sha256\":\"", name, (unsigned)random_below(60), name, (unsigned)random_below(1000000));
	add_hash(b);
	kh_buf_addf(b, "\"},\"parent\":{\"pid\":%u,\"name\":\"%s\"}}", (unsigned)random_below(99999), one_of("systemd", "bash", "sshd", "cron"));
}

static void add_file(struct kh_buf *b)
{
	kh_buf_addf(b, "\"event\":{\"category\":\"file\",\"action\":\"%s\"},\"file\":{\"path\":\"/home/cv%02u/Tài liệu/Công văn số %u-UBND.%s\",\"size\":%u,\"hash\":{\"sha256\":\"", one_of("creation", "change", "deletion"),
		    (unsigned)random_below(60), (unsigned)random_below(10000), one_of("docx", "xlsx", "pdf", "tmp"), (unsigned)random_below(9000000));
	add_hash(b);
	kh_buf_addf(b, "\"}},\"process\":{\"pid\":%u,\"name\":\"soffice.bin\"}", (unsigned)random_below(99999));
}

static void add_connection(struct kh_buf *b)
{
	kh_buf_addf(b, "\"event\":{\"category\":\"network\",\"action\":\"connection\"},\"network\":{\"transport\":\"%s\",\"direction\":\"egress\"},", one_of("tcp", "udp"));
	kh_buf_addf(b, "\"source\":{\"ip\":\"10.%u.%u.%u\",\"port\":%u},\"destination\":{\"ip\":\"203.0.113.%u\",\"port\":%u,\"domain\":\"host-%u.example.vn\"},", (unsigned)random_below(256),
		    (unsigned)random_below(256), (unsigned)random_below(256), (unsigned)random_below(65536), (unsigned)random_below(256), (unsigned)random_below(1024), (unsigned)random_below(5000));
	kh_buf_addf(b, "\"process\":{\"pid\":%u,\"name\":\"firefox-esr\",\"executable\":\"/usr/lib/firefox-esr/firefox-esr\"}", (unsigned)random_below(99999));
}

static void add_logon(struct kh_buf *b)
{
	kh_buf_addf(b, "\"event\":{\"category\":[\"authentication\"],\"action\":\"logon\",\"outcome\":\"%s\"},\"source\":{\"ip\":\"10.1.%u.%u\"},\"process\":{\"name\":\"sshd\",\"pid\":%u}", one_of("success", "failure"),
		    (unsigned)random_below(256), (unsigned)random_below(256), (unsigned)random_below(99999));
}

static void add_event(struct kh_buf *b, int64_t seq, int64_t at_ms)
{
	static void (*const kinds[])(struct kh_buf *b) = {add_process, add_process, add_file, add_file, add_connection, add_connection, add_connection, add_logon};
	char time[KH_ISO_SIZE];
	kh_buf_addf(b, "{\"seq\":%lld,\"@timestamp\":\"%s\",\"kind\":\"event\",", (long long)seq, kh_time_iso(at_ms, time));
	kinds[random_below(KH_COUNT(kinds))](b);
	kh_buf_addf(b, ",\"host\":{\"hostname\":\"may-%04u\",\"os\":{\"name\":\"Debian\"}},\"user\":{\"id\":\"%u\",\"name\":\"cv%02u\"}}\n", (unsigned)random_below(10000), 1000 + (unsigned)random_below(60),
		    (unsigned)random_below(60));
}

void content_batch(int64_t first, int64_t records, int64_t now_ms, struct kh_buf *ret_packed, size_t *ret_bytes)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_buf_addf(&text, "{\"v\":1,\"epoch\":\"" CONTENT_EPOCH "\",\"first\":%lld,\"last\":%lld,\"time_ms\":%lld,\"clock_offset_ms\":0}\n", (long long)first, (long long)(first + records - 1),
		    (long long)now_ms);
	for (int64_t i = 0; i < records; i++)
		add_event(&text, first + i, now_ms - 60000 + i * 60000 / records);
	size_t room = ZSTD_compressBound(text.len);
	ret_packed->len += ZSTD_compress(kh_buf_reserve(ret_packed, room), room, text.data, text.len, ZSTD_LEVEL);
	*ret_bytes = text.len;
}
