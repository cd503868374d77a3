--- The script in every export that checks it without us: POSIX sh with openssl, sha256sum and xxd.

return [==[
#!/bin/sh
# Checks the evidence in this folder, offline:  sh verify.sh [CA.pem [CRL.pem]]
# CA.pem: the certificates of the timestamping authorities' issuers, from a source of your own; without, tsa-ca.pem.
# CRL.pem: what these have revoked; without, crl.pem where it is here.
# 离线核验本文件夹中的存证：sh verify.sh [CA.pem [CRL.pem]]
# CA.pem：您自行取得的时间戳机构上级 CA 证书；未指定时使用本文件夹中的 tsa-ca.pem。
# CRL.pem：上述 CA 的证书吊销列表；未指定时使用本文件夹中的 crl.pem（如有）。
# Exit status: 0 all is right, 1 something is wrong, 2 it could not be checked.  It takes openssl, sha256sum and xxd.
LC_ALL=C
export LC_ALL
ca=${1:-} crl=${2:-}
case $ca in '' | /*) ;; *) ca=$PWD/$ca ;; esac
case $crl in '' | /*) ;; *) crl=$PWD/$crl ;; esac
cd "$(dirname "$0")" || exit 2
[ -n "$ca" ] || ca=tsa-ca.pem
[ -n "$crl" ] || [ ! -e crl.pem ] || crl=crl.pem
for tool in openssl sha256sum xxd sed cmp wc; do
    command -v $tool >/dev/null 2>&1 || { echo "$tool is not installed / 未安装 $tool"; exit 2; }
done
problems=0

right() { # what, in English and Chinese
    printf 'ok     %s\n       %s\n' "$1" "$2"
}
wrong() { # the file, and what is wrong with it
    problems=$((problems + 1))
    printf 'WRONG  %s: %s\n       %s：%s\n' "$1" "$2" "$1" "$3"
}
note() { # in English and Chinese
    printf 'note   %s\n       %s\n' "$1" "$2"
}
sha256() { sha256sum | cut -c 1-64; }
node() { printf '01%s%s' "$1" "$2" | xxd -r -p | sha256; }
hex_of() { printf '%s' "$1" | openssl base64 -d -A 2>/dev/null | xxd -p -c 64; }
is_number() { # of at most 15 digits, without leading zeros
    case $1 in '' | *[!0-9]* | 0?* | ????????????????*) return 1 ;; esac
}

# 1. The line of the log tells the order, and the SHA-256 of its manifest.
pattern='^{"action":"archived","manifest":"\([0-9a-f]\{64\}\)",.*"order_no":"\([0-9A-Za-z]*\)",.*}$'
manifest=$(sed -n "s/$pattern/\\1/p" line)
order=$(sed -n "s/$pattern/\\2/p" line)
if [ -z "$manifest" ] || [ -z "$order" ]; then
    wrong line "not a line that tells of an archived order" "不是存证记录"
fi

# 2. The manifest is the line's, and about the same order.
before=$problems
if [ "$(sha256 <bundle/manifest.json)" != "$manifest" ]; then
    wrong bundle/manifest.json "not the one that the log's line tells of: one of the two was altered" \
        "与日志记录中的摘要不符：两者之一已被改动"
elif ! grep -q "\"order_no\":\"$order\"" bundle/manifest.json; then
    wrong bundle/manifest.json "about another order" "订单号不符"
fi
[ $problems -ne $before ] ||
    right "The manifest is the one that the log tells of, for order $order." "清单与日志记录一致，订单号 $order。"

# 3. The files are those of the manifest, whose JSON is canonical: nothing else in it looks like this.  What an
# encrypted file's entry tells of its content is left out: the digests here are those of the files as they are.
before=$problems
pattern='^.*[{,]"files":{\(\("[0-9A-Za-z.]*":{[^{}]*},\{0,1\}\)*\)}.*$'
entries=$(sed -n -e 's/"content":{[^{}]*},//g' -e "s/$pattern/\\1/p" bundle/manifest.json | tr '}' '\n')
names=$(printf '%s\n' "$entries" | sed -n 's/^,\{0,1\}"\([0-9A-Za-z.]*\)":{.*$/\1/p')
[ -n "$names" ] || wrong bundle/manifest.json "names no files" "未列出任何文件"
for name in $names; do
    pattern="^,\\{0,1\\}\"$name\":{.*\"sha256\":\"\\([0-9a-f]\\{64\\}\\)\".*\$"
    digest=$(printf '%s\n' "$entries" | sed -n "s/$pattern/\\1/p")
    if [ ! -f "bundle/$name" ]; then
        wrong "bundle/$name" "missing" "缺失"
    elif [ "$(sha256 <"bundle/$name")" != "$digest" ]; then
        wrong "bundle/$name" "other content than the manifest says: it was altered" "内容与清单不符：已被改动"
    fi
done
for file in bundle/* bundle/.[!.]*; do
    name=${file#bundle/}
    [ -e "$file" ] && [ "$name" != manifest.json ] || continue
    case " $(echo $names) " in
        *" $name "*) ;;
        *) wrong "$file" "not in the manifest: it was added" "不在清单中：系后加" ;;
    esac
done
[ $problems -ne $before ] || right "Every file is as the manifest says (SHA-256):" "所有文件与清单一致（SHA-256）："
[ $problems -ne $before ] || printf '       %s\n' $names
case $names in
    *.cms*)
        note "The files .cms are encrypted; openssl cms -decrypt opens them with a recipient's key." \
            "扩展名为 .cms 的文件已加密，可用接收方密钥以 openssl cms -decrypt 解密。"
        ;;
esac
note "sheet.html and sheet.zh.html are for reading: they are not checked, and no evidence." \
    "sheet.html 与 sheet.zh.html 仅供阅读，未作核验，不构成证据。"

# 4. The line is in the log's tree, at its place (RFC 6962): the checkpoint has the tree's size and root.
before=$problems
size=$(sed -n 2p checkpoint)
root=$(hex_of "$(sed -n 3p checkpoint)")
index=$(sed -n '2s/^index //p' proof.tlog-proof)
if ! is_number "$size" || [ "$size" = 0 ] || [ ${#root} -ne 64 ] || [ "$(wc -l <checkpoint)" -ne 3 ]; then
    wrong checkpoint "not a checkpoint: size or root were altered" "不是有效的 checkpoint：大小或根哈希已被改动"
elif [ "$(sed -n 1p proof.tlog-proof)" != "c2sp.org/tlog-proof@v1" ] || ! is_number "$index"; then
    wrong proof.tlog-proof "not a proof" "不是有效的证明"
elif ! sed '1,/^$/d' proof.tlog-proof | cmp -s - checkpoint; then
    wrong proof.tlog-proof "has another checkpoint in it: that, or the file checkpoint, was altered" \
        "其中的 checkpoint 与文件 checkpoint 不同：两者之一已被改动"
elif [ "$index" -ge "$size" ]; then
    wrong proof.tlog-proof "its index is not below the checkpoint's size: it was altered" "index 不小于大小：已被改动"
else
    hash=$({ printf '\000'; cat line; } | sha256)
    first=$index last=$((size - 1)) is_path=yes
    for text in $(sed -e 1,2d -e '/^$/,$d' proof.tlog-proof); do
        path=$(hex_of "$text")
        [ ${#path} -eq 64 ] && [ "$last" -gt 0 ] || { is_path=no; break; }
        if [ $((first % 2)) -eq 1 ] || [ "$first" -eq "$last" ]; then
            hash=$(node "$path" "$hash")
            while [ $((first % 2)) -eq 0 ] && [ "$first" -ne 0 ]; do
                first=$((first / 2)) last=$((last / 2))
            done
        else
            hash=$(node "$hash" "$path")
        fi
        first=$((first / 2)) last=$((last / 2))
    done
    if [ $is_path = no ] || [ "$last" -ne 0 ]; then
        wrong proof.tlog-proof "its path, index or size is no tree's: one of them was altered" \
            "路径、index 或大小不相容：其中之一已被改动"
    elif [ "$hash" != "$root" ]; then
        wrong proof.tlog-proof "leads to another root than the checkpoint's: the line, the index, the path or the \
checkpoint was altered" "推得的根哈希与 checkpoint 不符：line、index、路径或 checkpoint 已被改动"
    fi
fi
[ $problems -ne $before ] ||
    right "The log's line $((index + 1)) is this line, in the tree of $size lines that the checkpoint tells of." \
        "该记录为日志第 $((index + 1)) 行，包含于 checkpoint 所述 $size 行的树中。"

# 5. The checkpoint is what was stamped, at that time: the TSA's certificate was good then, however old it is now.
seconds_of() { # Nov 27 12:03:01 2026 GMT
    set -- $1
    case $1 in
        Jan) month=13 ;; Feb) month=14 ;; Mar) month=3 ;; Apr) month=4 ;; May) month=5 ;; Jun) month=6 ;;
        Jul) month=7 ;; Aug) month=8 ;; Sep) month=9 ;; Oct) month=10 ;; Nov) month=11 ;; Dec) month=12 ;;
        *) return 1 ;;
    esac
    year=$4
    [ $month -le 12 ] || year=$((year - 1))
    days=$((365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + $2 - 1 - 719468))
    clock=${3%%.*}
    hour=${clock%%:*} second=${clock##*:} minute=${clock#*:}
    minute=${minute%%:*}
    echo $((days * 86400 + ${hour#0} * 3600 + ${minute#0} * 60 + ${second#0}))
}
# The TSA's certificate was not revoked, as far as the revocation lists know.  RFC 3161, section 4: one that was revoked
# after the stamp, for a reason that is given and that is not its key, leaves the stamp good.
look_up() { # a serial number: sets when and why it was revoked; nothing where it is not there once
    lists=$(openssl storeutl -noout -text -crls "$crl" 2>/dev/null)
    since= reason=
    [ "$(printf '%s\n' "$lists" | grep -c "Serial Number: $1\$")" -eq 1 ] || return
    entry=$(printf '%s\n' "$lists" | sed -n "/Serial Number: $1\$/,/Signature Algorithm:/p" |
        sed -e 1d -e '/Serial Number:/,$d')
    since=$(printf '%s\n' "$entry" | sed -n 's/^ *Revocation Date: *//p')
    reason=$(printf '%s\n' "$entry" | sed -n '/CRL Reason Code/{n;s/^ *//;p;}')
}
revoked() { # the token, and its time in seconds: of one whose TSA's certificate is on a list
    look_up "$(openssl x509 -in "$work/signer" -noout -serial | sed 's/^serial=//')"
    at=$(seconds_of "$since") || at=0
    case $reason in Unspecified | "Affiliation Changed" | Superseded | "Cessation Of Operation") ;; *) at=0 ;; esac
    if [ "$at" -gt "$2" ]; then
        right "Its TSA's certificate was revoked after that, at $since ($reason), which leaves the stamp good." \
            "其时间戳机构的证书此后于 $since 被吊销（$reason），不影响该时间戳。"
    else
        wrong "$1" "its TSA's certificate was revoked (${since:-unknown time}, ${reason:-no reason given})" \
            "时间戳机构的证书已被吊销（${since:-时间不详}，${reason:-未注明原因}）"
    fi
}
judge_revocation() { # the token, and its time in seconds
    openssl ts -reply -in "$1" -token_out -out "$work/token" >/dev/null 2>&1
    openssl pkcs7 -inform DER -in "$work/token" -print_certs -out "$work/chain" >/dev/null 2>&1
    openssl cms -verify -noverify -inform DER -in "$work/token" -signer "$work/signer" -out /dev/null >/dev/null 2>&1
    for depth in -crl_check_all -crl_check; do
        message=$(openssl verify $depth -no_check_time -purpose timestampsign -CAfile "$ca" -untrusted "$work/chain" \
            -CRLfile "$crl" "$work/signer" 2>&1)
        status=$?
        case $message in *"unable to get certificate CRL"*) ;; *) break ;; esac
    done
    dates=$(openssl storeutl -noout -text -crls "$crl" 2>/dev/null | sed -n 's/^ *Last Update: *//p')
    older=$(printf '%s\n' "$dates" | while read -r date; do
        at=$(seconds_of "$date") && [ "$at" -lt "$2" ] && echo "$date"
    done)
    dates=$(printf '%s\n' "$dates" | tr '\n' ';')
    case $status:$depth:$message in
        0:-crl_check_all:*)
            right "Neither its TSA's certificate nor those of its issuers were revoked ($crl: $dates)." \
                "其时间戳机构及各级 CA 的证书均未被吊销（$crl：$dates）。"
            ;;
        0:*) right "Its TSA's certificate was not revoked ($crl: $dates); those of its issuers were not judged." \
            "其时间戳机构的证书未被吊销（$crl：$dates）；未判断各级 CA 的证书。" ;;
        *"at 0 depth lookup: certificate revoked"* | *"at 0 depth lookup:certificate revoked"*) revoked "$1" "$2" ;;
        *"certificate revoked"*) wrong "$1" "the certificate of an issuer of its TSA's was revoked ($crl)" \
            "其时间戳机构的上级 CA 证书已被吊销（$crl）" ;;
        *"unable to get certificate CRL"*)
            note "Whether its TSA's certificate was revoked was not judged: $crl is not of its issuer." \
                "未判断其时间戳机构的证书是否被吊销：$crl 不属于其上级 CA。" ;;
        *) older=; wrong "$crl" "no revocation lists of the TSA's issuers: foreign, or altered" \
            "不是时间戳机构上级 CA 的证书吊销列表：来源不明，或已被改动" ;;
    esac
    [ -z "$older" ] || note "A list that is older than the stamp knows nothing of what was revoked later." \
        "早于时间戳的吊销列表不含此后被吊销的证书。"
}
if [ -n "$crl" ]; then
    work=$(mktemp -d) || exit 2
    trap 'rm -rf "$work"' EXIT
    trap 'exit 2' HUP INT TERM
fi
stamps=0
for token in *.tsr; do
    [ -f "$token" ] || continue
    stamps=$((stamps + 1))
    time=$(openssl ts -reply -in "$token" -text 2>/dev/null | sed -n 's/^Time stamp: *//p')
    seconds=$(seconds_of "$time") || seconds=
    if [ -z "$seconds" ]; then
        wrong "$token" "not a timestamp: it was altered" "不是时间戳：已被改动"
    elif ! openssl x509 -in "$ca" -noout >/dev/null 2>&1; then
        wrong "$ca" "no certificates: pass those of the TSA's issuers, sh verify.sh CA.pem" \
            "没有证书：请指定时间戳机构上级 CA 证书，sh verify.sh CA.pem"
    else
        message=$(openssl ts -verify -data checkpoint -in "$token" -CAfile "$ca" -attime "$seconds" 2>&1)
        status=$?
        case $status:$message in
            0:*)
                right "The checkpoint was stamped at $time ($token)." "checkpoint 的时间戳：$time（$token）。"
                [ -z "$crl" ] || judge_revocation "$token" "$seconds"
                ;;
            *"imprint mismatch"*) wrong "$token" "about another checkpoint: it, or the checkpoint, was altered" \
                "对应另一 checkpoint：时间戳或 checkpoint 已被改动" ;;
            *"has expired"* | *"not yet valid"*)
                wrong "$token" "a certificate of its TSA's, or in $ca, was not valid at $time" \
                    "$time 时，时间戳机构或 $ca 中的证书不在有效期内" ;;
            *"certificate verify error"* | *"Verify error"*)
                wrong "$token" "its TSA's certificate is not issued by $ca: foreign, or one of the two was altered" \
                    "时间戳机构的证书并非由 $ca 签发：来源不明，或两者之一已被改动" ;;
            *) wrong "$token" "not signed by its TSA: it was altered" "签名无效：时间戳已被改动" ;;
        esac
    fi
done
[ $stamps -gt 0 ] || wrong checkpoint "no timestamp about it is here" "没有时间戳"
[ $stamps -eq 0 ] || [ -n "$crl" ] ||
    note "Whether a TSA's certificate was revoked was not judged: no revocation list (crl.pem) is here." \
        "未判断时间戳机构的证书是否被吊销：此处没有证书吊销列表（crl.pem）。"

# 6. Where the archive's owner has signed the checkpoint, too.
if [ -f checkpoint.p7s ]; then
    if openssl cms -verify -binary -noverify -inform DER -in checkpoint.p7s -content checkpoint \
        -out /dev/null >/dev/null 2>&1; then
        right "The checkpoint is signed; openssl pkcs7 -inform DER -in checkpoint.p7s -print_certs says by whom." \
            "checkpoint 带有有效签名；签名者见 openssl pkcs7 -inform DER -in checkpoint.p7s -print_certs。"
    else
        wrong checkpoint.p7s "not a signature of the checkpoint: one of the two was altered" \
            "不是 checkpoint 的签名：两者之一已被改动"
    fi
fi

if [ $problems -eq 0 ]; then
    printf '\nYES: the evidence of order %s is unaltered since it was stamped.\n' "$order"
    printf '是：订单 %s 的存证自时间戳之时起未被改动。\n' "$order"
    exit 0
fi
printf '\nNO: %s problems.\n否：共 %s 处问题。\n' $problems $problems
exit 1
]==]
