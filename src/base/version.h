/* The version of the whole product: programs, protocol peers and packages say this one. */
#pragma once

#define KH_VERSION "0.1.0"
