/* The folder of a path, reached without following anything: what was taken from there goes back there and nowhere else. */
#pragma once

#include "base/attr.h"

/* A descriptor of the folder that the absolute path of a file names; no symbolic link stands on the way. KH_E_USAGE: no such path; KH_E_NOT_FOUND. */
int kh_place_open(const char *path, int *ret_dir_fd) KH_MUST_USE;
