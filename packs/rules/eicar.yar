/* The EICAR test file, by its definition (eicar.org, "Anti-Malware Testfile"): the 68 characters at the very start, then nothing but
   blanks, tabs, line ends and Ctrl-Z, 128 bytes at most. Members of archives are matched as files of their own, so this rule finds it there too. */
rule EICAR_Test_File
{
    meta:
        description_vi = "Tệp thử EICAR: vô hại, dùng để kiểm tra phần mềm phòng chống mã độc"
        description_en = "EICAR test file: harmless, made for testing anti-malware software"
        severity = "infected"
        reference = "https://www.eicar.org/download-anti-malware-testfile/"
    strings:
        $text = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    condition:
        filesize <= 128 and $text at 0 and
        (
            filesize == 68 or
            for all i in (68 .. filesize - 1) : (
                uint8(i) == 0x20 or uint8(i) == 0x09 or uint8(i) == 0x0A or uint8(i) == 0x0D or uint8(i) == 0x1A
            )
        )
}
