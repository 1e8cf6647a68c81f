/* Harmless patterns of Khiên's own, for trying a scan from end to end. docs/scanning.md spells them out. The rules are written so that neither
   this file nor that page matches them. */

rule Khien_Test_Infected
{
    meta:
        description_vi = "Mẫu thử vô hại của Khiên: mức nhiễm mã độc"
        description_en = "Khiên's harmless test pattern: infected"
        severity = "infected"
    strings:
        $text = { 4B 48 49 45 4E 2D 48 41 52 4D 4C 45 53 53 2D 54 45 53 54 2D 49 4E 46 45 43 54 45 44 }
    condition:
        $text
}

rule Khien_Test_Suspicious
{
    meta:
        description_vi = "Mẫu thử vô hại của Khiên: mức nghi ngờ"
        description_en = "Khiên's harmless test pattern: suspicious"
        severity = "suspicious"
    strings:
        $text = { 4B 48 49 45 4E 2D 48 41 52 4D 4C 45 53 53 2D 54 45 53 54 2D 53 55 53 50 49 43 49 4F 55 53 }
    condition:
        $text
}

rule Khien_Test_Wide
{
    meta:
        description_vi = "Mẫu thử vô hại của Khiên: chữ UTF-16"
        description_en = "Khiên's harmless test pattern: UTF-16 text"
        severity = "infected"
    strings:
        $text = "KHIEN-HARMLESS-TEST-WIDE" wide
    condition:
        $text
}

rule Khien_Test_Numbered
{
    meta:
        description_vi = "Mẫu thử vô hại của Khiên: biểu thức chính quy"
        description_en = "Khiên's harmless test pattern: regular expression"
        severity = "suspicious"
    strings:
        $text = /KHIEN-HARMLESS-TEST-NO-[0-9]{4}/
    condition:
        $text
}
