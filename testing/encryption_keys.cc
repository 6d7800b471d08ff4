// SPDX-License-Identifier: Apache-2.0
#include "testing/encryption_keys.h"

namespace updraft {

const std::string_view kTestRsaKeyPem =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIIG5AIBAAKCAYEAmyKj50OZnb9Ydjg8NxCsC4ijUnmtVkNvDZ6jbGePizNmqA+h\n"
    "tufi7dyLmatdw7AeLGRjm1S5g+f6VWtesi3/EWf1YCNcGJ/BeWaw8qy5v7n1O5QV\n"
    "DmG49B8rkABQ4gW2hZfQn/ZuvU1PqsQm3AxD1bXaRUbDngqhaXaEJTmtwHYPi7An\n"
    "vNoHyd/N0hTSVBgQqFMdPSQ8RlS7VB8WyEtpLLIx5y+JwR5DAFcEZNdSj9Z8IZae\n"
    "FPo91cIaYUk3msBgW+TH6zhOaOn5047fNK6pMo+28AOwrIDvirkEBZXM4BGsMrAa\n"
    "ebZUkLa0usH5hWEFhfFWoY7vii0HifrxoP7E3LPQu1ltH1PSRXUPCzbbOrXINlxl\n"
    "wgoav3GSRPi4lDkIsaNsIlWgiw2fNO++7D29v2U5QxgMx1Bi8i4TKLBC8Cc+n8/9\n"
    "pIP7/oYbiKW/5/ALNlOgMVaa6UAqn2oqmQMXSXS/8TVASZoSsLYW2RLos5FuTv28\n"
    "xLfapW1kRhLrfQDlAgMBAAECggGABwN/1stMGtyVQqAmYVjwr3EXWudsYSAZfgJa\n"
    "/Ya/povzb9T6OzI1pME1Us1zgkW6muzCHYNRldLf3B1+XQMpxnp3qNn3QeDh+3Kb\n"
    "c4VATyrKvd++hWMlgP7NxCv3fCrE9F7Qgyd0+GC2xka8HZhG7kR3+9qIGD7/OCzn\n"
    "BhytPmM4CkbqdiYVCVkWKP9hRqnhSum+eXM+3YNtT0Y8QxbvbNlibOepOg6N+eos\n"
    "EuWgYCdlESZBBGB9VQrDkPxF7RNfQ4ptrklswZTOJm8f8xyA/2lzpBcXljPm8cZd\n"
    "vhmCwFhAEzfgq4d8hPo4LeyiR57kUmwtZVC8+xTcT+iy3QG2GrAhZQ8ri4BT8hCi\n"
    "XhvXuBYKHlR17kGpkvYy2u/GqXhyLisbw5hrF7SaRlD/M5/wwTNDqjv0w1Slt6FM\n"
    "g4WEUEHoCyEjbFoUjGcTqkpoACnx+4oxiKIeJ1NjgGGekQzKxD3e61xBD/mxXHNd\n"
    "cOymrjp6Bt656ozfNfiSZIPdEcIbAoHBANQEAkLgbaxo3dL1XuWs5qxQCwpGp9cI\n"
    "b21Eec203xR8jWFR1Whjtvw+y5XlMu0WN8TJ3J3v5MEsfToDARam79l3Z07r3+ow\n"
    "/AOo64MLPQw1MJo9ywNWCuQB2Ec0Ca95IsbyVocOFRGUpY+bdObnUf+u+WV1+u+2\n"
    "UaDfBKT6IHmFUMhHsixqHxwfDuuXlPTs14bbU6x468UVLNBS+h6a6bp4Q9Pm2hru\n"
    "nqXApww7NVeyr6k6ZRVSLGcQiDte9hItywKBwQC7UcJhZItUE8YLJDc5TK9OtadV\n"
    "QxBvtbWCB698GFMmYjZiIyAoZZOMWDZyuDw1NmMe77bcDnlNLB01M6f9MDH+t3h1\n"
    "niyMDEdNsG2sgJobwwXpePOD+su5tdaXNhgwXBLKzablnJ10J4TuZRYe0EgKb06w\n"
    "mGlankEC/bdbidy4Y66X4eHFTM4JiAezOS7B17kutHI3l4ObMapY0NBndEJUMnDQ\n"
    "IQVGrfRcT3hBOqbMRTgMSW4/utfiSlabQR/atg8CgcEAjibF8VsSjced+0TjRLFB\n"
    "1ISyckhfXnDcbPG9jSvZap38GSVKJfy9grEDxVPwakA8UihaUFa5FMAkklHTWAHD\n"
    "zRYe4S6LajU/s6B9j9ZoLxg2pyQJSwpUsP1/qnX8jHd21tdDJrhNbgUxYHEF149/\n"
    "TiReOSX6guDGKEt/jLHcNj4ppK9Viiv5AdzdHx76E6H8/AFwP7KvuetxqZgI9Z4+\n"
    "WfUq3RfqYqZdHptmJXBJWqyG1Ls/bSU0ekH+ZXhNGnEzAoHBAI9AVF307VRsFs1Y\n"
    "cd8hFQQliYV71ysHFHsPc5V8aMJ2404jvKkIHVF7+I+881ZidGUpP3eEniF1dhTE\n"
    "n1jSLbm1B6szPrAPh8wS+5yrcK+Acpn9BIXPG1O3ixdyqAb7sudjZJo+Lm+w9Uj3\n"
    "B3ajJCTOwKfutss1MVSfQUUA5kog+VlvxiADv6GsZO8b8PUPC7B7EMoQ1fWugq6P\n"
    "aoFjeII5XOreBdHqoHCj2bxQpVScLuO+mFCmjAijfx4WLM0u4wKBwCHU8+b88dlY\n"
    "XvSTXgmHo6+dSVzdlnaU6l6e4B3PnFp3z0M16EX0hbvmWQWD0KA4dzWLW/Kifb/6\n"
    "JVAuXihmQlpYXsd9FV1Ow55QMiHL1fA6tPnIzvFmYWNKdN0r6osqB9bB/GkIiolk\n"
    "QP29hzv2XXSG1Ac1cQ+YI3vvyQkvMH0zMcGhUFtfwvKsZym5TVLRaBIOKiZ7nfXi\n"
    "/Kz15b5mLCI3e/XzYpJssxR4pP6Ij1Nvp3VaOfid1ctBMa+efDPVuw==\n"
    "-----END RSA PRIVATE KEY-----\n";

const std::string_view kOtherRsaKeyPem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIG/wIBADANBgkqhkiG9w0BAQEFAASCBukwggblAgEAAoIBgQChS/hKtvzrEzY9\n"
    "KmJMiVUoLhWmDAdsWeO6WW5yu0CuNTwjFTViEjGgNwHz6YqC4hcIFvCmZUkQwn8V\n"
    "u/vPVOhPaOv5tNtY9fbl6BMpu1E1cB1zBZJqrmWefZAVIoN5WuMtQ8Fa8GASLPHa\n"
    "CNVu1LBVZg75owevf1yo7+5WivC+rxLA6EOTsA/arYhTg/fIRrlSdoYUCuBSbDQx\n"
    "oCbbRZMwqGP2tsTCO3s5hjPgCXhz8DiLMp6nijuqbDvOIkcVfjoX+bzgp9hJaCDh\n"
    "MlA6/SdSZpUYIUzXyGfuIM52nToPOvX9HhZU6P6x/gMUpU9IWpc8KI1k/xcXibBr\n"
    "t6+xLTgSfVvQ60+xXgquExSyHE0hCiYfVTusl9nJCGpi2Jhl7o/4bHmxOC9XdgZ/\n"
    "Ae+3pmNf3mkllt+feedXgx/iykT2JYcOWaU1qJNUGbHTqvVLiTUi2N59FSY4oa6B\n"
    "4NxPIxQBiMkkwBw11ydxSwT961aAanCB9XjUbCwIeIspUsa617UCAwEAAQKCAYAP\n"
    "9XCKUesZxiOYbyxdJrxcdpzROkD0xTsNKcKOCv1mDyHVVcibnLG4yKCCldGMzBpb\n"
    "xEtIp15QkHHbAGe0dpHqo3avlOeb+HAWhLz6pMwu5ZogUoWPVRR8Vy+Ni8Xm2KmA\n"
    "BcNogD59JeHDARs+9T/CH1AtfmYpBMix9VVHTkVuFGveVsyy3NlguUky/Cxkriyx\n"
    "XkU7T+0scoTCgTY+/TYIOyzy0NgMYK67PQ4+ZSl8DSFHEnnUmU54eO984HLYi03D\n"
    "TIOFUbmAXZ7tOpBPdlBSjimR7E2clk6JvGbyD8vAkf2gjVs+q8cz9Oo9LKT+64je\n"
    "v6l1oaLgzr4Iv6LkEqJSFbXo6eC8LjW+dsY1V0BD4S1htcvtIKvNMLXCAJN3PdxV\n"
    "HuiSIBZBTECp9mxEh+EIjiicDAesCVZeGFHT2NJxusHHba4EBfskhms4GEP73peH\n"
    "k3YppRvUTZSsLRKsEMKJuBN3lN1X4pbIAd0D1a9OcZbjjES/FltvM1umf1LKHbkC\n"
    "gcEA3VCxGDuW+8FCR53/O6L1Bmx2NlD285u1AYfgm09bpvJkTmLHXkt7XYRBEwpY\n"
    "RAjzRfZTBxOQ24H9jI8YVSPq24f7UI9a8mgcFBteech3fc2Kyxb05M3/tQdksZUx\n"
    "3CUZIglkM6+2BAJTx4XlcV22NpHlgDPUoaKfqKWeFxJ0kva4MIHJKUSxBIZNB4ce\n"
    "+lfDAf4nlhaUTgFBPNvwGfuWZyJiGlXEfZKOc2qnYEVobW0uEceZTmg+NzqwKz1g\n"
    "t3UtAoHBALqTTKzis/hhJUuYqF3GPiViuoKNixrtVodfT3QNwBJxmdz2tux3y2ll\n"
    "P/6CvzV9inxZUzLBIcyDZYzJPal0x/C7UkiaCGyvmdSV0tGml0N1uXJ1WJlQ/FzE\n"
    "BHNGo6GcPJM9xwMZOSU9bxknwqi97iiIA66t0d7v+AY/WiGZ+aRtCdzO+AWjoNUi\n"
    "lsTgUBvF+X/kwzxXDmGu2RSCDTKj2/tHtYf4Jh9psVFP8imUABeDju0Cdntmo4DZ\n"
    "JapRPUCRqQKBwQCWAsnnSQzwHHDWpmuIes5mykHeU0bwnMw1+2ntG/9dy9LdpurI\n"
    "KZW3L5wEUfC+POrYszxYAZUglJ3OFnhBzZS1tRhN5L2araLKpjqFhbIo3ZeETU01\n"
    "gcQfaqGAFUa0l5jPj1oSBrnzQbiT91gsXX7SwlWzbm5kGRzrbUcZEHNf4ke66V32\n"
    "0Q7DqFyyC46d1brisOkYPLnNneAgZlv64KNzyMSCYTxMeXiBFvvYr3M3KNgfSRHL\n"
    "KbFyMh+TT4ktEQkCgcEApHvRwCUIxrNWPuQxoqJwDWORzCDe/vk4LJYxJL4uk9QE\n"
    "8pGqyKP/90Xk+groaU7pNSFGwNsVYgiBEXIk42zqC+gI7aqmPLM+6fS/7EZy2m1B\n"
    "9Y9QcbG9GkdRKROglIx5ttFizu+Aur0DYej0qvDuslre7DOfb2yde1yEqFTnijb6\n"
    "1+i7LbWIx/37b0vWM/YANOlH2b1iF2ofRP42hmuBN3GLr3hsm4sBYQ8bDd7FifVY\n"
    "nshqDfZ5tNE7bIC8gF0pAoHBALcrbrTIMjMdr1ZhXVT712xVJMocHRGWS8gxJDE1\n"
    "CaK+fU/RuGPIA/nk6H+SCJUR+uH3ciehacRycLf8dSd5nQEhGzmHgdiR5suptpN2\n"
    "j6EhkZePyhUZRaTreuUd6NxpyihLEhLCjBUGl2TZEv4CLQg9WAV9+hd9bFp0rKVE\n"
    "iPM/I8Jn6im9zJ8zw7xwPQTvTSTRT8cYijISsNtZUdxIP1WqHtqcKj6XS2n/+Sie\n"
    "Rk9TK8hOMBIjGYwr4oPAjqGyXQ==\n"
    "-----END PRIVATE KEY-----\n";

const std::string_view kSmallRsaKeyPem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2FkO+n6qfXRUU7JKdfwO\n"
    "KhoyIBf/QA4twrliXAc6PCtN1f6U6szy19NbUFu8HVxsv4uJhcJ/trVCSu/KO2EO\n"
    "o+bZkO8ivbHMXxueei/yBKEDnzKnQ+QavvqGKhEC0+KRqz8GAv7g5JlC+Y1a0moJ\n"
    "5gEUEP4UB8qtqJaF4D5HnF0WKEP75ML1vhVYWQ9a2CdTChAx5k8Zpwvi06PWbu/6\n"
    "LONwMPauEo6F+LZZkjd21S9k/Z/B7qmSOmxIuCavC6NgrdbkDGavHQyRMWdjvnC9\n"
    "B3XPBVWpckYq8q9wcDOuNhxmmbdAE4NveJ5TmSqsbxHnnNpicfYn1ChB3p7dqpgR\n"
    "DwIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

const std::string_view kTestEcKeyPem =
    "-----BEGIN EC PARAMETERS-----\n"
    "BggqhkjOPQMBBw==\n"
    "-----END EC PARAMETERS-----\n"
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEIFmXTOdlcy8yFe6qwNlaUmGjy8c6bpbvI8hjgry9PhHyoAoGCCqGSM49\n"
    "AwEHoUQDQgAE01hqxqmY5gpUxM6YQL+xyRhbeBWo17O9dkVaWBDA8nOb0XAZSUcb\n"
    "ogKlqOdC9Si7aGkqFOW4EqAi1VVqmjoYEg==\n"
    "-----END EC PRIVATE KEY-----\n";

const std::string_view kP384KeyPem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEGLjO7B99aKqhnu3RAtlHis0f/XPe1Y1k\n"
    "3llZQqTznAscFycoByTmTkfEAveDd/Bys86Doe57MGaMcj2SNaMLjgWswJ/ua3b0\n"
    "/y4lb+VyJg5VJE2vgNWG8TqtYb7Uao8n\n"
    "-----END PUBLIC KEY-----\n";

const std::string_view kOffCurveKeyPem =
    R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEwjbuvCRhBHSON0WqArYurlnsK6We
BhN+AgEIsOW2Xo/pOypgIlPKC+bDpE78QB27IyFj4Q/3HUXMjj+nmR1xRg==
-----END PUBLIC KEY-----
)";

const std::string_view kLockedKeyPem =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjX+Gm9kFELIgICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEA0Jb6yzK+1BaCLAmmvy4RUEgZCO\n"
    "lZdFQRT3jtwboA+S75aox8f9DpoVxox27y3qPZm3z8gG6kpV359plxHYfomPpa1i\n"
    "AOjDer/oI8spWlKWH0wHxemqE2snfHsX3i+kTOkzAleZKuyvnLgA520ETxfqt8Kh\n"
    "ITYBImiOQaBhLWE/EyqaWuMarvU6X/u3iEMr2og+a0Gac6bkmzbAxZmGLXVfaRk=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

const std::string_view kEd25519KeyPem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAjFrPoZBkb46aCj6l0O3uqRzHYZhhRqoBMuh1bm6ZwYw=\n"
    "-----END PUBLIC KEY-----\n";

}  // namespace updraft
