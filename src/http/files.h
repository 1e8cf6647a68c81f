/* The files of a web application, read once into memory and served from there: nothing of a request ever becomes a path of the file system.
 *
 * Below the directory given, all regular files are read (no symbolic links, no names that begin with a dot). `app.js.gz` beside `app.js` is sent in its place to
 * browsers that take gzip. Every file has an ETag (of its SHA-256) and answers If-None-Match. Names that hold a hash of the content, as Vite writes them below
 * assets/ ("assets/index-4f3a9c21.js"), may be kept by browsers for a year; all others are asked for again each time. Pages (.html) get kh_respond_page_headers(). */
#pragma once

#include "http/server.h"

struct kh_http_files;

/* KH_E_NOT_FOUND: no such directory. KH_E_TOO_LARGE past KH_HTTP_MAX_FILES or KH_HTTP_MAX_FILES_BYTES. */
int kh_http_files_load(const char *dir, struct kh_http_files **ret) KH_MUST_USE;
void kh_http_files_free(struct kh_http_files *files);
KH_DEFINE_CLEANUP(http_files, struct kh_http_files *, kh_http_files_free);
#define kh_auto_http_files KH_CLEANUP(kh_cleanup_http_files)

size_t kh_http_files_count(const struct kh_http_files *files);

/* Answers with the file of that name ("index.html", "assets/x.js"); false, without an answer, when there is none. The files must outlive the server. */
bool kh_http_files_answer(const struct kh_http_files *files, struct kh_request *r, const char *name) KH_MUST_USE;
