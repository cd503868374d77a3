/* Two certificates, whose keys nobody has any more: RSA of 2048 bits, and P-256. */
#ifndef RECIPIENT_H
#define RECIPIENT_H

/* clang-format off */
static const char recipient_pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIDAzCCAeugAwIBAgIUEKty26UkxdSneJJOYWSuyiftpZwwDQYJKoZIhvcNAQEL\n"
    "BQAwEDEOMAwGA1UEAwwFbWVkaWEwIBcNMjYxMTI3MTIwMDU1WhgPMjEyNjExMDMx\n"
    "MjAwNTVaMBAxDjAMBgNVBAMMBW1lZGlhMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n"
    "MIIBCgKCAQEAvcCjH73V66PN6+AhBGa2KDAbLjczDYo5bT096C81anzw4FxeBjhV\n"
    "9yQ1EyHicc7CQumHqULMqKyVxbvNxkhbqAhnCAzHlTAcMwuywXbZTb/jYySmpogP\n"
    "P0hZl0q5LG1ce1zHurs1oDYvHhnhwNYt7Rbv7k2UXTxqSYgAnGIWv2e+ED+ti68j\n"
    "/30L6Ou0b3opo2AYs0CGWiTEEUFt4W4J9dzwiIQ3IgWmoX/0QaR5j/kE01E3c//p\n"
    "YMUXgCH/fu3C2gFsDfq9mXmPDuk3p1ilNOQ+YAdTL1aHzhIzqFUTNLe4BA+1541H\n"
    "3s7w5DTRQggF1Cqdng4Qp1ug+u6X/HrF1QIDAQABo1MwUTAdBgNVHQ4EFgQUPwvb\n"
    "gmcYwtmf2uYNGMn7lDv9D/cwHwYDVR0jBBgwFoAUPwvbgmcYwtmf2uYNGMn7lDv9\n"
    "D/cwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEApmEfOU4VHDdu\n"
    "q+850iLwRP6J8i1pICLfIWRhI8pmPv27vSTUC3h2irx6JWkuY+j4pUraVXanHGkl\n"
    "vu25FnKlyPr/2oaJGU2DbnxkUofYl/Pa+SiMNGKQrf2P90iuU1+SYXlmUw+meR2N\n"
    "OsvwEyhyqE0w5a8V4ShMXquTfiLMJo/0PFhL4SRAeMp9kC1h2tryNrkbtc/NAq9T\n"
    "M/SUBdNXy56rJnkSvjkOh4h6095ovpzj1Hb+esL6s5R+D0XVgG+7gWgtnx6rDEgs\n"
    "daE3FzmoombOoUSm02Yqb8RgwKs5467XkqmRnN3hHIul0axlsFOOR5AItF1oApzK\n"
    "ArRkhXLbnA==\n"
    "-----END CERTIFICATE-----\n"
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBdzCCAR2gAwIBAgIUA5KKkZfyBvIQzPnTEqAZAW0tIEEwCgYIKoZIzj0EAwIw\n"
    "EDEOMAwGA1UEAwwFYXVkaXQwIBcNMjYxMTI3MTIwMDU1WhgPMjEyNjExMDMxMjAw\n"
    "NTVaMBAxDjAMBgNVBAMMBWF1ZGl0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n"
    "JeeLOarpE9h5eqtlWawn+VFgHFsQjDejY268ATDoKJc1U9nXqiz8aeBosZeWwaPW\n"
    "dcNZRESwmLWRK+L62AaDqqNTMFEwHQYDVR0OBBYEFNc5POFkW4k2SlPpPuYtOI+P\n"
    "kJNoMB8GA1UdIwQYMBaAFNc5POFkW4k2SlPpPuYtOI+PkJNoMA8GA1UdEwEB/wQF\n"
    "MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAPdxwTwIt2+dUrez4fk/CoDfnxtNNQlz\n"
    "TDH2oe92i0PIAiACGnA0+Qh+/NcEylMaodAiGif5MmNwaco3FQzOwMsiQA==\n"
    "-----END CERTIFICATE-----\n"
    ;
/* clang-format on */

#endif
