#include "text.h"

unsigned fq_text_classes(unsigned char byte)
{
    bool is_alphanumeric = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= 'a' && byte <= 'z');
    bool is_clean = byte >= ' ' && byte != 0x7F;
    bool is_token = byte > ' ' && byte < 0x7F && byte != '"' && byte != '\'' && byte != '`';

    return (is_clean ? FQ_TEXT_CLEAN : 0u) | (is_alphanumeric ? FQ_TEXT_ALPHANUMERIC : 0u) |
           (is_token ? FQ_TEXT_TOKEN : 0u);
}

bool fq_text_is(const char *text, size_t size, unsigned class)
{
    for (size_t i = 0; i < size; i++)
        if ((fq_text_classes((unsigned char)text[i]) & class) == 0)
            return false;
    return size > 0;
}
