#include "gen/cli_khien_server.h"

#include <sys/stat.h>

int main(int argc, char **argv)
{
	umask(077); /* whatever is made here is the server's alone */
	return kh_cli_main(&kh_cli_khien_server, argc, argv);
}
