--- The names of what can go wrong here: libcurl's for a failed exchange, the core's statuses, and our own.

local kinds = require "facequery.codes.kinds"

local ours = {}

local network = kinds.NETWORK

-- Other advice that several names share.

local certificate = {
  en = "Check ca_file, the machine's clock and any proxy that replaces certificates. Verification"
    .. " stays on.",
  zh = "请检查 ca_file、本机时间以及会替换证书的代理。证书校验不会被关闭。",
}
local larger = {
  en = "Raise max_media if files of this size are expected.",
  zh = "如确实需要该大小的文件，请调大 max_media。",
}

local tsa_advice = {
  en = "Check the TSA's url, and what its operator says of it.",
  zh = "请检查时间戳机构的地址及其说明。",
}
local token_advice = {
  en = "Do not use the timestamp. Check any proxy or cache on the way, then ask again.",
  zh = "请勿使用该时间戳。请检查途经的代理或缓存后重试。",
}
local altered = {
  en = "Do not rely on it: it, or what it is about, was altered.",
  zh = "请勿依赖：签名或其对象已被改动。",
}

-- Those of kind transport in the first part are libcurl's, without CURLE_.
local meanings = {
  COULDNT_RESOLVE_HOST = {
    kind = "transport", retryable = true, advice = network,
    en = "the service's host name could not be resolved", zh = "无法解析服务域名",
  },
  COULDNT_RESOLVE_PROXY = {
    kind = "transport", retryable = true, advice = network,
    en = "the proxy's host name could not be resolved", zh = "无法解析代理域名",
  },
  COULDNT_CONNECT = {
    kind = "transport", retryable = true, advice = network,
    en = "no connection to the service", zh = "无法连接到服务",
  },
  OPERATION_TIMEDOUT = {
    kind = "transport", retryable = true,
    en = "the service did not answer in time", zh = "服务未在时限内响应",
    advice = {
      en = "Ask again in a while; where files are asked for, a longer timeout may be needed.",
      zh = "请稍后重试；拉取文件时可能需要更长的 timeout。",
    },
  },
  SSL_CONNECT_ERROR = {
    kind = "transport", retryable = true, advice = network,
    en = "the TLS handshake failed", zh = "TLS 握手失败",
  },
  PEER_FAILED_VERIFICATION = {
    kind = "transport", advice = certificate,
    en = "the service's certificate could not be verified", zh = "无法校验服务的证书",
  },
  SSL_CACERT_BADFILE = {
    kind = "transport",
    en = "the file of CA certificates cannot be read", zh = "无法读取 CA 证书文件",
    advice = {
      en = "Point ca_file to a readable PEM file, or leave it out and install the system's CA"
        .. " certificates.",
      zh = "请将 ca_file 指向可读的 PEM 文件，或不设置并安装系统 CA 证书。",
    },
  },
  SSL_CERTPROBLEM = {
    kind = "transport", advice = certificate,
    en = "the certificate on this side cannot be used", zh = "本端证书无法使用",
  },
  SEND_ERROR = {
    kind = "transport", retryable = true, advice = network,
    en = "the connection broke while sending", zh = "发送时连接中断",
  },
  RECV_ERROR = {
    kind = "transport", retryable = true, advice = network,
    en = "the connection broke while receiving", zh = "接收时连接中断",
  },
  GOT_NOTHING = {
    kind = "transport", retryable = true, advice = network,
    en = "the connection was closed without an answer", zh = "连接已关闭，未收到任何响应",
  },
  PARTIAL_FILE = {
    kind = "transport", retryable = true, advice = network,
    en = "the connection was closed before the answer was complete", zh = "响应未完整，连接已关闭",
  },
  HTTP2 = {
    kind = "transport", retryable = true, advice = network,
    en = "an error in the HTTP/2 framing", zh = "HTTP/2 帧错误",
  },
  HTTP2_STREAM = {
    kind = "transport", retryable = true, advice = network,
    en = "the HTTP/2 stream was closed with an error", zh = "HTTP/2 流异常关闭",
  },
  HTTP3 = {
    kind = "transport", retryable = true, advice = network,
    en = "an error in the HTTP/3 layer", zh = "HTTP/3 层错误",
  },
  WEIRD_SERVER_REPLY = {
    kind = "transport", retryable = true,
    en = "what came back is not HTTP", zh = "收到的不是 HTTP 响应",
    advice = {
      en = "Check base_url: its host and port must speak HTTPS.",
      zh = "请检查 base_url：其主机与端口须提供 HTTPS 服务。",
    },
  },
  BAD_CONTENT_ENCODING = {
    kind = "transport",
    en = "the answer's content encoding is broken or not known", zh = "响应的内容编码损坏或无法识别",
    advice = {
      en = "Check any proxy or gateway that compresses answers.",
      zh = "请检查会压缩响应的代理或网关。",
    },
  },
  UNSUPPORTED_PROTOCOL = {
    kind = "transport",
    en = "this libcurl does not support the url's protocol", zh = "当前 libcurl 不支持该协议",
    advice = {
      en = "Use a libcurl that is built with TLS, and an https base_url.",
      zh = "请使用带 TLS 的 libcurl，并使用 https 的 base_url。",
    },
  },
  NOT_BUILT_IN = {
    kind = "transport",
    en = "what carries the queries here cannot do what the settings ask for", zh = "当前传输方式不支持该设置",
    advice = {
      en = "The error's detail says what. In nginx a thread_pool carries queries over libcurl, which can"
        .. " do more than lua-resty-http.",
      zh = "具体见错误的 detail。在 nginx 中，thread_pool 通过 libcurl 查询，功能多于 lua-resty-http。",
    },
  },
  URL_MALFORMAT = {
    kind = "transport",
    en = "the url is malformed", zh = "url 格式错误",
    advice = {
      en = "Check base_url and proxy.",
      zh = "请检查 base_url 与 proxy。",
    },
  },
  PROXY = {
    kind = "transport",
    en = "the handshake with the proxy failed", zh = "与代理握手失败",
    advice = {
      en = "Check proxy: its address, its type, and that it may reach the service.",
      zh = "请检查 proxy：地址、类型，以及它能否访问该服务。",
    },
  },
  TOO_MANY_REDIRECTS = {
    kind = "transport",
    en = "too many redirects", zh = "重定向次数过多",
    advice = {
      en = "Check base_url: the service itself does not redirect.",
      zh = "请检查 base_url：该服务本身不会重定向。",
    },
  },
  RAISED = {
    kind = "unknown",
    en = "something raised a Lua error while this order was being asked for",
    zh = "查询该订单时发生了 Lua 错误",
    advice = {
      en = "Look at the functions passed to the client; if none is to blame, report it as a bug.",
      zh = "请检查传给客户端的函数；如与其无关，请作为缺陷报告。",
    },
  },
  YIELDED = {
    kind = "invalid_request",
    en = "a function passed to the client has yielded inside client:each",
    zh = "传给客户端的函数在 client:each 中执行了 yield",
    advice = {
      en = "Let the function return without coroutine.yield: client:each runs its own coroutines.",
      zh = "该函数不得调用 coroutine.yield：client:each 自行调度协程。",
    },
  },
  BAD_TRANSPORT = {
    kind = "transport",
    en = "the function passed as transport did not return an answer or a failure of the right shape",
    zh = "transport 函数返回的结果或失败格式不正确",
    advice = {
      en = "Look at that function: it returns { status =, envelope =, media = }, or nil and"
        .. ' { status = "TRANSPORT", code = }.',
      zh = '请检查该函数：须返回 { status =, envelope =, media = }，或 nil 与 { status = "TRANSPORT", code = }。',
    },
  },
  MOCK_UNANSWERED = {
    kind = "transport",
    en = "the mock has no answer to this request", zh = "mock 没有该请求的应答",
    advice = {
      en = "Put the order into the list that mock.new was given, or record the exchange with mock.record.",
      zh = "请将该订单加入传给 mock.new 的列表，或用 mock.record 录制该请求。",
    },
  },
  BAD_STORE = {
    kind = "storage",
    en = "the ticket store did not return what a store does", zh = "ticket 存储的返回值不正确",
    advice = {
      en = "Look at the table passed as ticket_store: its get, set and lock return what"
        .. " facequery.TicketStore says.",
      zh = "请检查传入的 ticket_store：get、set、lock 的返回值须符合 facequery.TicketStore。",
    },
  },
  OUT_OF_MEMORY = {
    kind = "transport",
    en = "out of memory", zh = "内存不足",
    advice = {
      en = "Give the process more memory, run fewer queries at once, or stream files to a path.",
      zh = "请增加内存、减少并发查询，或将文件直接写入路径。",
    },
  },
  CRYPTO_FAILED = {
    kind = "transport",
    en = "OpenSSL refused to compute a digest or to give random bytes", zh = "OpenSSL 无法计算摘要或生成随机数",
    advice = {
      en = "Check the OpenSSL installation: SHA-1, SHA-256 and random bytes must be available.",
      zh = "请检查 OpenSSL：须可用 SHA-1、SHA-256 与随机源。",
    },
  },
  NO_VM = {
    kind = "transport", retryable = true,
    en = "no free Lua VM in nginx's thread pool", zh = "nginx 线程池中没有空闲的 Lua VM",
    advice = {
      en = "Ask again in a while. If it lasts, raise lua_worker_thread_vm_pool_size and the pool's"
        .. " threads.",
      zh = "请稍后重试；如持续出现，请调大 lua_worker_thread_vm_pool_size 与线程池的 threads。",
    },
  },
  REDIS_UNREACHABLE = {
    kind = "transport", retryable = true,
    en = "Redis cannot be reached, or does not answer in time", zh = "无法连接 Redis，或其未在时限内响应",
    advice = {
      en = "Check that it runs, its address, and the network to it. A worker goes on when it is there again.",
      zh = "请检查 Redis 是否运行、其地址及网络。恢复后 worker 会自动继续。",
    },
  },
  NO_REDIS_CLIENT = {
    kind = "transport",
    en = "a library that the queue needs is not installed", zh = "缺少队列所需的库",
    advice = {
      en = "Install redis-lua and LuaSocket (Debian: lua-redis, lua-socket), for rediss:// LuaSec (lua-sec), too.",
      zh = "请安装 redis-lua 与 LuaSocket（Debian：lua-redis、lua-socket），rediss:// 还需 LuaSec（lua-sec）。",
    },
  },
  REDIS_LOGIN = {
    kind = "transport",
    en = "Redis does not let this user in", zh = "Redis 拒绝登录",
    advice = {
      en = "Check FACEQUERY_REDIS_PASSWORD, the url's user and what Redis lets this user do (ACL).",
      zh = "请检查 FACEQUERY_REDIS_PASSWORD、url 中的用户及其 ACL 权限。",
    },
  },
  REDIS_LOADING = {
    kind = "transport", retryable = true,
    en = "Redis is not ready: it loads its data, or has no master", zh = "Redis 尚未就绪（正在加载数据或没有主节点）",
    advice = {
      en = "Nothing is lost: wait until it has started.",
      zh = "数据未丢失，请等待其启动完成。",
    },
  },
  REDIS_READONLY = {
    kind = "transport", retryable = true,
    en = "this Redis takes no writes: a replica, or one that can't save its data",
    zh = "该 Redis 不接受写入（从节点，或无法保存数据）",
    advice = {
      en = "Point --redis at the master; where it is, look at its disk and its replicas.",
      zh = "请将 --redis 指向主节点；若已是主节点，请检查其磁盘与从节点。",
    },
  },
  REDIS_FULL = {
    kind = "transport", retryable = true,
    en = "Redis has no memory left", zh = "Redis 内存已满",
    advice = {
      en = "Raise maxmemory; workers go on, and make room.",
      zh = "请调大 maxmemory；worker 会继续处理并释放空间。",
    },
  },
  REDIS_EVICTS = {
    kind = "transport",
    en = "this Redis forgets keys when its memory is full, and orders with them",
    zh = "该 Redis 在内存不足时会淘汰键，订单可能丢失",
    advice = {
      en = "Set maxmemory-policy noeviction, or give the queue a Redis of its own.",
      zh = "请设置 maxmemory-policy noeviction，或为队列使用独立的 Redis。",
    },
  },
  REDIS_NOT_DURABLE = {
    kind = "transport",
    en = "this Redis keeps orders in memory alone: a crash loses what waits",
    zh = "该 Redis 仅在内存中保存订单，崩溃时等待中的订单会丢失",
    advice = {
      en = "Set appendonly yes and appendfsync everysec.",
      zh = "请设置 appendonly yes 和 appendfsync everysec。",
    },
  },
  REDIS_NOT_REPLICATED = {
    kind = "transport", retryable = true,
    en = "the order is in Redis, and not on its replicas in time", zh = "订单已写入 Redis，但未及时同步到从节点",
    advice = {
      en = "Add it again: it is counted once.",
      zh = "请再次添加，不会重复计数。",
    },
  },
  WORKER_NAME_TAKEN = {
    kind = "transport", retryable = true,
    en = "another worker works under this name, or did until a moment ago",
    zh = "另一个 worker 正在使用该名称，或刚刚停止",
    advice = {
      en = "Wait, or give each worker of a machine an --instance of its own.",
      zh = "请等待，或为同一机器上的每个 worker 指定不同的 --instance。",
    },
  },
  LIST_UTF16 = {
    kind = "invalid_request",
    en = "the list is UTF-16", zh = "订单列表为 UTF-16 编码",
    advice = { en = "Save it as UTF-8.", zh = "请另存为 UTF-8 编码。" },
  },
  LIST_NO_COLUMN = {
    kind = "invalid_request",
    en = "the list's first line names no column 'order_no' (or 订单号, or another name of it)",
    zh = "订单列表首行没有 order_no（或「订单号」等同义列名）一列",
    advice = {
      en = "Name the order numbers' column so, or leave out everything but the order numbers, one a line.",
      zh = "请将订单号一列命名为 order_no，或每行只写一个订单号。",
    },
  },
  NOT_DEAD = {
    kind = "not_found",
    en = "not among the dead", zh = "不在停止之列",
    advice = {
      en = "Check the order number: `facequery queue dead` lists them.",
      zh = "请核对订单号：facequery queue dead 可列出已停止的订单。",
    },
  },
  WORKER_LOST = {
    kind = "unknown",
    en = "each worker that fetched it, alone, came to its end", zh = "每个单独处理该订单的 worker 都异常退出",
    advice = {
      en = "Fetch it with facequery archive, and see what happens; then facequery queue retry.",
      zh = "请用 facequery archive 单独获取并观察，然后 facequery queue retry。",
    },
  },
  REDIS_REFUSED = {
    kind = "transport",
    en = "Redis refused a command: its user may not run it (ACL), or it is older than 7",
    zh = "Redis 拒绝了命令：用户无权执行（ACL），或版本低于 7",
    advice = {
      en = "Let its user do what docs/fleet.md names; the queue needs Redis 7 or later, with streams and EVAL.",
      zh = "请为用户授予 docs/fleet.md 所列权限；队列需要 Redis 7 及以上版本，支持 Stream 与 EVAL。",
    },
  },
  REDIS = {
    kind = "transport",
    en = "the ticket store (Redis) cannot be reached", zh = "无法访问 ticket 存储（Redis）",
    advice = {
      en = "Check the store's address, its password and the network to it.",
      zh = "请检查该存储的地址、密码与网络。",
    },
  },
  LOCK_TIMEOUT = {
    kind = "transport",
    en = "another process did not finish renewing the ticket in time", zh = "等待其他进程更新 ticket 超时",
    advice = {
      en = "Look at the process that holds the lock; once it has finished, queries go on.",
      zh = "请检查持有锁的进程；它完成后查询即可恢复。",
    },
  },

  NOT_JSON = {
    kind = "protocol",
    en = "the answer is not one JSON object", zh = "响应不是一个 JSON 对象",
  },
  JSON_CUT = {
    kind = "protocol", retryable = true,
    en = "the answer's JSON ends too early", zh = "响应的 JSON 不完整",
    advice = {
      en = "Ask again; if it lasts, check any proxy or gateway that limits the size of answers.",
      zh = "请重试；如持续出现，请检查会限制响应大小的代理或网关。",
    },
  },
  JSON_TOO_DEEP = {
    kind = "protocol",
    en = "the answer's JSON is nested too deeply", zh = "响应的 JSON 嵌套过深",
  },
  TRAILING_DATA = {
    kind = "protocol",
    en = "more follows after the answer's JSON object", zh = "响应的 JSON 对象之后还有多余内容",
  },
  ENVELOPE_TOO_LARGE = {
    kind = "protocol",
    en = "the answer without its media is larger than any answer should be", zh = "响应（不含文件）超出合理大小",
  },
  DUPLICATE_FIELD = {
    kind = "protocol",
    en = "the answer says its code, its order or its result twice", zh = "响应中 code、orderNo 或 result 重复出现",
  },
  DUPLICATE_MEDIA = {
    kind = "protocol",
    en = "the answer holds the same file twice", zh = "响应中同一文件出现了两次",
  },
  WRONG_ORDER = {
    kind = "protocol",
    en = "the answer is about another order than the one asked for", zh = "响应的订单号与查询的不一致",
    advice = {
      en = "Do not use the answer. Check any proxy or cache on the way, then ask again.",
      zh = "请勿使用该响应。请检查途经的代理或缓存后重新查询。",
    },
  },
  NO_CODE = {
    kind = "protocol",
    en = "the answer holds no code", zh = "响应中没有 code",
  },
  NO_TICKET = {
    kind = "protocol",
    en = "the ticket endpoint's answer holds no ticket", zh = "获取 ticket 的响应中没有 ticket",
    advice = {
      en = "Check app_id, secret and base_url; if they are right, ask the provider's support.",
      zh = "请检查 app_id、secret 与 base_url；如均无误，请联系服务方技术支持。",
    },
  },

  BASE64_FOREIGN = {
    kind = "media",
    en = "a character that is not base64", zh = "出现了非 base64 字符",
  },
  BASE64_CUT = {
    kind = "media",
    en = "the base64 ends too early", zh = "base64 不完整",
  },
  MEDIA_TOO_LARGE = {
    kind = "media", advice = larger,
    en = "the file has more bytes than allowed", zh = "文件超过允许的字节数",
  },

  FILE_EXISTS = {
    kind = "storage",
    en = "the file exists already and is not overwritten", zh = "文件已存在，不会被覆盖",
    advice = {
      en = "Choose another path, or remove the file first.",
      zh = "请更换路径，或先移除该文件。",
    },
  },
  FILE_UNWRITABLE = {
    kind = "storage",
    en = "the file cannot be written", zh = "文件无法写入",
  },
  FILE_UNREADABLE = {
    kind = "storage",
    en = "the file or folder cannot be read", zh = "文件或文件夹无法读取",
  },
  FILE_MISSING = {
    kind = "storage",
    en = "there is no such file", zh = "文件不存在",
    advice = {
      en = "Check the path.",
      zh = "请检查路径。",
    },
  },
  FOLDER_MISSING = {
    kind = "storage",
    en = "there is no such folder", zh = "文件夹不存在",
    advice = {
      en = "Check the path, or make the folder first.",
      zh = "请检查路径，或先建立该文件夹。",
    },
  },
  FILE_EMPTY = {
    kind = "storage",
    en = "the file's first line is empty", zh = "文件的第一行为空",
    advice = {
      en = "Write the value into the file's first line.",
      zh = "请将该值写入文件的第一行。",
    },
  },
  NO_FOLDER = {
    kind = "storage",
    en = "not a folder", zh = "不是文件夹",
    advice = {
      en = "Check the path: it is to be an archive's folder.",
      zh = "请检查路径：须为存证库的目录。",
    },
  },
  NO_ARCHIVE = {
    kind = "storage",
    en = "not an archive", zh = "不是存证库",
    advice = {
      en = "Check the path: `facequery archive` makes an archive.",
      zh = "请检查路径：存证库由 facequery archive 建立。",
    },
  },
  PORT_UNUSABLE = {
    kind = "transport",
    en = "the address cannot be listened on", zh = "无法监听该地址",
    advice = {
      en = "Choose another port, or end what listens there.",
      zh = "请更换端口，或停止占用该端口的程序。",
    },
  },
  FILE_UNTRUSTED = {
    kind = "storage",
    en = "the file is not a plain file of this user's alone", zh = "该文件不是仅属于当前用户的普通文件",
    advice = {
      en = "It must belong to the user that reads it, with mode 0600.",
      zh = "该文件须属于读取它的用户，权限为 0600。",
    },
  },
  FILE_LOCKED = {
    kind = "storage",
    en = "another process has locked the file", zh = "文件已被其他进程锁定",
    retryable = true,
  },
  OPENSSL_TOO_OLD = {
    kind = "storage",
    en = "this OpenSSL may take a forged message for a genuine one (CVE-2026-34182)",
    zh = "当前 OpenSSL 可能将伪造的加密数据当作真实数据（CVE-2026-34182）",
    advice = {
      en = "Install OpenSSL 3.0.21, 3.4.6, 3.5.7, 3.6.3 or later for encryption.",
      zh = "使用加密功能请安装 OpenSSL 3.0.21、3.4.6、3.5.7、3.6.3 或更高版本。",
    },
  },
  CERTIFICATE_UNREADABLE = {
    kind = "storage",
    en = "the recipient's certificate cannot be read", zh = "无法读取接收方证书",
    advice = {
      en = "Name a file with an X.509 certificate in PEM.",
      zh = "请指定包含 PEM 格式 X.509 证书的文件。",
    },
  },
  CERTIFICATE_EXPIRED = {
    kind = "storage",
    en = "the recipient's certificate is not valid now", zh = "接收方证书当前不在有效期内",
    advice = {
      en = "Take a certificate that is valid today, and check the machine's clock.",
      zh = "请使用当前有效的证书，并检查本机时间。",
    },
  },
  CERTIFICATE_UNFIT = {
    kind = "storage",
    en = "nothing can be encrypted for the recipient's certificate", zh = "接收方证书不能用于加密",
    advice = {
      en = "It takes an RSA key of 2048 bits or more, or one on P-256, P-384 or P-521; where the certificate"
        .. " has a keyUsage, with keyEncipherment for RSA, keyAgreement for the others.",
      zh = "须为 2048 位以上的 RSA 密钥，或 P-256、P-384、P-521 曲线上的密钥；证书含 keyUsage 时，RSA 须有"
        .. " keyEncipherment，其余须有 keyAgreement。",
    },
  },
  KEY_UNREADABLE = {
    kind = "storage",
    en = "the private key cannot be read", zh = "无法读取私钥",
    advice = {
      en = "Name a file with a private key in PEM; where it has a passphrase, give the right one.",
      zh = "请指定 PEM 格式的私钥文件；如有口令，请输入正确的口令。",
    },
  },
  KEY_UNFIT = {
    kind = "storage",
    en = "the file is encrypted for other keys", zh = "该文件是为其他密钥加密的",
    advice = {
      en = "The bundle's manifest.json names its recipients under encryption.",
      zh = "存证包的 manifest.json 在 encryption 中列出了接收方。",
    },
  },
  CIPHERTEXT_DAMAGED = {
    kind = "storage",
    en = "the encrypted file is damaged or was changed", zh = "加密文件已损坏或被改动",
    advice = {
      en = "Nothing of it is given out. Take the original, or a copy of it.",
      zh = "不会输出其任何内容。请使用原件或其副本。",
    },
  },
  NOT_ENCRYPTED = {
    kind = "storage",
    en = "the bundle is not encrypted", zh = "该存证包未加密",
    advice = {
      en = "Its files can be read as they are.",
      zh = "其文件可直接读取。",
    },
  },
  STORE_UNWRITABLE = {
    kind = "storage",
    en = "the ticket store cannot be written", zh = "ticket 存储无法写入",
  },
  RETENTION_OVER = {
    kind = "expired",
    en = "the service no longer keeps this order", zh = "服务端已不再保存该订单",
    advice = {
      en = "It was not tried. Fetch the evidence of an order within 3 days.",
      zh = "未再查询。请在 3 天时效内取回订单的存证数据。",
    },
  },
  BUNDLE_INVALID = {
    kind = "storage",
    en = "the bundle is incomplete or was changed", zh = "存证包不完整或已被改动",
    advice = {
      en = "Do not rely on it. Take the original, or query the order again within 3 days.",
      zh = "请勿依赖该存证包。请使用原件，或在 3 天时效内重新查询。",
    },
  },
  NOT_ARCHIVED = {
    kind = "storage",
    en = "the archive has no bundle of this order", zh = "存证库中没有该订单的存证包",
    advice = {
      en = "Check the order number, and that this is the right archive. It may have been purged before.",
      zh = "请核对订单号及存证库目录；该订单可能已被清除。",
    },
  },
  ORDER_HELD = {
    kind = "storage",
    en = "the order is held", zh = "该订单已被保全，不能清除",
    advice = {
      en = "Nothing removes it before `facequery release` has released it.",
      zh = "须先用 facequery release 解除保全。",
    },
  },
  NOT_HELD = {
    kind = "storage",
    en = "the order is not held", zh = "该订单未被保全",
    advice = {
      en = "Check the order number: `facequery holds` names what is held.",
      zh = "请核对订单号：facequery holds 可列出已保全的订单。",
    },
  },

  MEDIA_PENDING = {
    kind = "pending",
    en = "the files are not there yet", zh = "图片或视频尚未就绪",
  },

  USAGE = {
    kind = "invalid_request",
    en = "wrong usage", zh = "用法错误",
    advice = {
      en = "Look at `facequery --help`, or at that of the command.",
      zh = "请查看 facequery --help 或相应命令的 --help。",
    },
  },
  UNEXPECTED = {
    kind = "unknown",
    en = "facequery has met what it did not expect", zh = "facequery 遇到意外错误",
    advice = {
      en = "Report it as a bug, with this line.",
      zh = "请连同本行作为缺陷报告。",
    },
  },
  INVALID_ORDER_NO = {
    kind = "invalid_request",
    en = "order_no must be 1 to 32 letters and digits", zh = "order_no 须为 1 到 32 位字母或数字",
  },
  INVALID_APP_ID = {
    kind = "invalid_request",
    en = "app_id is missing or malformed", zh = "app_id 缺失或格式错误",
    advice = {
      en = "Set app_id (or FACEQUERY_APP_ID) to the App ID that the provider's console shows.",
      zh = "请将 app_id（或 FACEQUERY_APP_ID）设为服务方控制台给出的 App ID。",
    },
  },
  INVALID_VERSION = {
    kind = "invalid_request",
    en = "version is malformed", zh = "version 格式错误",
    advice = {
      en = "Leave version out: 1.0.0 is the default.",
      zh = "可不设置 version：默认值为 1.0.0。",
    },
  },
  INVALID_TICKET = {
    kind = "invalid_request",
    en = "ticket is empty, or holds what no ticket does: a blank, a line break, a quotation mark, a byte"
      .. " order mark",
    zh = "ticket 为空，或含有不应出现的字符：空格、换行、引号、BOM",
    advice = {
      en = "Pass the value of a SIGN ticket, or a secret to have tickets fetched.",
      zh = "请传入 SIGN ticket 的值，或传入 secret 由客户端获取。",
    },
  },
  INVALID_NONCE = {
    kind = "invalid_request",
    en = "nonce must be 32 letters and digits", zh = "nonce 须为 32 位字母或数字",
    advice = {
      en = "Leave nonce out, or use facequery.nonce().",
      zh = "可不传 nonce，或使用 facequery.nonce()。",
    },
  },
  INVALID_GET_FILE = {
    kind = "invalid_request",
    en = 'get_file must be "1" or "both", "2" or "photo", "3" or "video"',
    zh = 'get_file 须为 "1"（"both"）、"2"（"photo"）或 "3"（"video"）',
  },
  INVALID_QUERY_VERSION = {
    kind = "invalid_request",
    en = 'query_version is malformed; the service knows "1.0"',
    zh = 'query_version 格式错误，可用值为 "1.0"',
  },
  INVALID_BASE_URL = {
    kind = "invalid_request",
    en = "base_url is not a url of the form https://host", zh = "base_url 不是 https://host 形式的地址",
  },
  INSECURE_URL = {
    kind = "invalid_request",
    en = "base_url is not https", zh = "base_url 不是 https",
    advice = {
      en = "Use https: tickets and faces never travel in the clear.",
      zh = "请使用 https：ticket 与人脸数据不会明文传输。",
    },
  },
  INVALID_PATH = {
    kind = "invalid_request",
    en = "the path is empty, malformed or given twice", zh = "路径为空、格式错误或重复",
  },
  INVALID_NAME = {
    kind = "invalid_request",
    en = "name is empty, not UTF-8, or holds control characters", zh = "name 为空、不是 UTF-8 编码或含有控制字符",
  },
  INVALID_ID_NO = {
    kind = "invalid_request",
    en = "id_no must be letters and digits", zh = "id_no 须由字母和数字组成",
    advice = {
      en = "Pass the number of the identity document without blanks, hyphens or brackets.",
      zh = "请传入证件号码，不含空格、连字符或括号。",
    },
  },
  INVALID_PHOTO = {
    kind = "invalid_request",
    en = "photo must be the bytes of a JPEG or a PNG, of 500 KB at most", zh = "photo 须为 JPEG 或 PNG 的字节内容，且不超过 500 KB",
    advice = {
      en = "Pass the file's bytes, not its base64, and make the picture smaller if it is too large.",
      zh = "请传入文件的原始字节（而非 base64），过大时请压缩图片。",
    },
  },
  INVALID_RETURN_URL = {
    kind = "invalid_request",
    en = "return_url is no whole url of http or https", zh = "return_url 不是完整的 http 或 https 地址",
    advice = {
      en = "Pass it as it is, with its host and not encoded: https://example.com/back?a=b",
      zh = "请传入包含域名、未经编码的完整地址，如 https://example.com/back?a=b",
    },
  },
  INVALID_PERSON = {
    kind = "invalid_request",
    en = "this is neither key=value lines nor a JSON object of the texts user_id, name and id_no",
    zh = "内容既不是 key=value 行，也不是由 user_id、name、id_no 文本组成的 JSON 对象",
    advice = {
      en = 'Write user_id=…, name=… and id_no=… on a line each, or {"user_id": "…", "name": "…", "id_no": "…"}.',
      zh = '请每行写一项：user_id=…、name=…、id_no=…，或写成 {"user_id": "…", "name": "…", "id_no": "…"}。',
    },
  },
  IDENTITY_MISSING = {
    kind = "invalid_request",
    en = "there is nothing to compare the face with", zh = "缺少用于比对的身份信息",
    advice = {
      en = "Pass name and id_no together; or for Plus and enhanced products a photo in their place.",
      zh = "请同时传入 name 与 id_no；Plus 版、增强版也可改为传入 photo。",
    },
  },
  FIELD_UNUSED = {
    kind = "invalid_request",
    en = "the product's front end does not take this", zh = "该产品的前端不支持此参数",
    advice = {
      en = "Leave it out, or choose another product.",
      zh = "请去掉此参数，或更换 product。",
    },
  },
  INVALID_USER_ID = {
    kind = "invalid_request",
    en = "user_id must be 1 to 32 letters and digits", zh = "user_id 须为 1 到 32 位字母或数字",
    advice = {
      en = "Give each user one of their own, and the same each time.",
      zh = "请为每个用户分配唯一且固定的 user_id。",
    },
  },
  INVALID_SETTING = {
    kind = "invalid_request",
    en = "a setting has a value that cannot be used", zh = "配置项的值无法使用",
  },
  INVALID_SECRET = {
    kind = "invalid_request",
    en = "secret is empty, or holds what no secret does: a blank, a line break, a quotation mark, a byte"
      .. " order mark",
    zh = "secret 为空，或含有不应出现的字符：空格、换行、引号、BOM",
    advice = {
      en = "Set secret (or FACEQUERY_SECRET) to the one that belongs to app_id.",
      zh = "请将 secret（或 FACEQUERY_SECRET）设为与 app_id 对应的值。",
    },
  },
  NO_TRANSPORT = {
    kind = "invalid_request",
    en = "nothing here can carry a query without blocking: no thread pool, or an OpenSSL without threads;"
      .. " no lua-resty-http of 0.16 or later; or not the phase for it",
    zh = "此处无法进行非阻塞查询：没有线程池或 OpenSSL 不支持线程，没有 lua-resty-http（0.16 及以上），或所处阶段不支持",
    advice = {
      en = "Query in rewrite, access, content or a timer; add `thread_pool facequery threads=32"
        .. " max_queue=65536;` to the main part of nginx.conf, or install lua-resty-http."
        .. ' transport = "curl" blocks the worker: it is for init and scripts only.',
      zh = "请在 rewrite、access、content 阶段或定时器中查询；并在 nginx.conf 的 main 段加入"
        .. " `thread_pool facequery threads=32 max_queue=65536;`，或安装 lua-resty-http。"
        .. 'transport = "curl" 会阻塞 worker，仅用于 init 阶段和脚本。',
    },
  },
  TICKET_MISSING = {
    kind = "auth",
    en = "neither a ticket nor a secret was given", zh = "未提供 ticket，也未提供 secret",
    advice = {
      en = "Pass ticket or secret, or set FACEQUERY_TICKET or FACEQUERY_SECRET.",
      zh = "请传入 ticket 或 secret，或设置 FACEQUERY_TICKET 或 FACEQUERY_SECRET。",
    },
  },
  SECRET_MISSING = {
    kind = "auth",
    en = "a NONCE ticket is fetched with the app's secret, and none was given",
    zh = "获取 NONCE ticket 需要应用的 secret，但未提供",
    advice = {
      en = "Pass secret, or set FACEQUERY_SECRET: a SIGN ticket of your own can't start a scan.",
      zh = "请传入 secret 或设置 FACEQUERY_SECRET：仅凭自备的 SIGN ticket 无法发起刷脸。",
    },
  },
  TICKET_FAILED = {
    kind = "auth",
    en = "the ticket function gave no ticket", zh = "ticket 函数没有返回 ticket",
    advice = {
      en = "Look at the function passed as ticket: it must return a SIGN ticket as a string, without"
        .. " blanks, line breaks or quotation marks.",
      zh = "请检查传入的 ticket 函数：须以字符串返回 SIGN ticket，且不含空格、换行、引号。",
    },
  },
  NO_FACE_ID = {
    kind = "protocol",
    en = "the answer to the registration names no scan", zh = "注册响应中没有 faceId",
    advice = {
      en = "Check base_url and product; start again with a new order number.",
      zh = "请检查 base_url 与 product，并使用新的订单号重新发起。",
    },
  },
  INVALID_CALLBACK_SIGN = {
    kind = "auth",
    en = "the signature in the H5 return url does not match", zh = "H5 回跳地址中的签名不匹配",
    advice = {
      en = "Do not trust the return url. Query the order: only the service's answer counts.",
      zh = "请勿信任该回跳地址。请查询该订单，以服务返回的结果为准。",
    },
  },

  NOT_SEALED = {
    kind = "storage",
    en = "no seal covers the order's line in the log yet", zh = "尚无封存覆盖该订单在日志中的记录",
    advice = {
      en = "Run facequery seal first; its tokens tell since when the evidence has been there.",
      zh = "请先运行 facequery seal；其时间戳证明存证的存在时间。",
    },
  },
  SEAL_MISMATCH = {
    kind = "storage",
    en = "the log is not the one that was sealed, or a seal was changed", zh = "日志与已封存的不一致，或封存文件已被改动",
    advice = {
      en = "Run facequery verify, which names what was altered. Nothing was sealed.",
      zh = "请运行 facequery verify，查明被改动之处。本次未封存。",
    },
  },
  CERTIFICATE_INVALID = {
    kind = "invalid_request",
    en = "a certificate or a key is not PEM, or they do not belong together", zh = "证书或密钥不是 PEM 格式，或两者不匹配",
    advice = {
      en = "Pass certificates in PEM, and the first one's key in PEM without a passphrase.",
      zh = "请传入 PEM 格式的证书，以及首张证书对应的、无口令的 PEM 密钥。",
    },
  },
  SIGNATURE_INVALID = {
    kind = "storage", advice = altered,
    en = "the signature is not one of these bytes", zh = "签名与内容不符",
  },
  NOT_TIMESTAMP = {
    kind = "protocol", advice = tsa_advice,
    en = "the TSA's answer is no timestamp", zh = "时间戳机构的响应不是时间戳",
  },
  TOKEN_MALFORMED = {
    kind = "protocol", advice = tsa_advice,
    en = "the TSA's answer is not in the form of a timestamp (RFC 3161)", zh = "时间戳机构的响应不符合 RFC 3161 格式",
  },
  TOKEN_REFUSED = {
    kind = "protocol", advice = tsa_advice,
    en = "the TSA has refused to stamp", zh = "时间戳机构拒绝签发时间戳",
  },
  TOKEN_IMPRINT = {
    kind = "protocol", advice = token_advice,
    en = "the timestamp is about another digest", zh = "时间戳对应的摘要与提交的不一致",
  },
  TOKEN_NONCE = {
    kind = "protocol", advice = token_advice,
    en = "the timestamp does not repeat the request's nonce", zh = "时间戳的 nonce 与请求不一致",
  },
  TOKEN_POLICY = {
    kind = "protocol", advice = tsa_advice,
    en = "the timestamp's policy is not the one that was asked for, or that is no OID",
    zh = "时间戳的策略与要求的不一致，或要求的策略不是 OID",
  },
  TOKEN_SIGNATURE = {
    kind = "protocol", advice = token_advice,
    en = "the timestamp is not signed as a TSA signs", zh = "时间戳的签名无效",
  },
  TOKEN_UNTRUSTED = {
    kind = "protocol",
    en = "the TSA's certificate is none that the given authorities vouch for", zh = "时间戳机构的证书不受所给 CA 信任",
    advice = {
      en = "Check that the TSA is the one you mean, and that tsa_ca holds its authority's certificates, the root"
        .. " included.",
      zh = "请确认时间戳机构无误，且 tsa_ca 包含其 CA 证书（含根证书）。",
    },
  },
  TOKEN_REVOKED = {
    kind = "protocol", advice = token_advice,
    en = "the TSA's certificate, or one of its issuers', was revoked", zh = "时间戳机构或其上级 CA 的证书已被吊销",
  },
  CRL_INVALID = {
    kind = "invalid_request",
    en = "the revocation lists are not PEM, or not signed by the TSA's issuers",
    zh = "证书吊销列表不是 PEM，或并非时间戳机构的上级 CA 所签",
    advice = {
      en = "Take the lists from where the TSA's issuers publish them, and convert them to PEM.",
      zh = "请从时间戳机构的上级 CA 公布处获取证书吊销列表，并转换为 PEM。",
    },
  },
  TOKEN_TIME = {
    kind = "protocol",
    en = "the timestamp's time is minutes away from this machine's", zh = "时间戳的时间与本机时间相差数分钟以上",
    advice = {
      en = "Check this machine's clock; if it is right, do not trust the TSA.",
      zh = "请检查本机时间；如无误，请勿信任该时间戳机构。",
    },
  },
}

-- libcurl's other names that an HTTPS exchange can end with, and the name for what has none: whether
-- to ask again.
local other_transport = {
  ABORTED_BY_CALLBACK = false, AGAIN = true, AUTH_ERROR = false, BAD_FUNCTION_ARGUMENT = false,
  CHUNK_FAILED = true, FAILED_INIT = false, FILESIZE_EXCEEDED = false, HTTP_POST_ERROR = false,
  HTTP_RETURNED_ERROR = false, INTERFACE_FAILED = false, LOGIN_DENIED = false,
  NO_CONNECTION_AVAILABLE = true, OTHER_TRANSPORT_ERROR = false, QUIC_CONNECT_ERROR = true,
  RANGE_ERROR = false, READ_ERROR = false, RECURSIVE_API_CALL = false, SEND_FAIL_REWIND = true,
  SETOPT_OPTION_SYNTAX = false,
  SSL_CIPHER = false, SSL_CLIENTCERT = false, SSL_CRL_BADFILE = false,
  SSL_ENGINE_INITFAILED = false, SSL_ENGINE_NOTFOUND = false, SSL_ENGINE_SETFAILED = false,
  SSL_INVALIDCERTSTATUS = false, SSL_ISSUER_ERROR = false, SSL_PINNEDPUBKEYNOTMATCH = false,
  SSL_SHUTDOWN_FAILED = true, UNKNOWN_OPTION = false, UNRECOVERABLE_POLL = true,
  UPLOAD_FAILED = true, USE_SSL_FAILED = false, WRITE_ERROR = false,
}

local transport_failed = {
  kind = "transport", en = "the exchange with the service failed", zh = "与服务的通信失败",
}
local connection_failed = {
  kind = "transport", retryable = true, advice = network,
  en = "the connection to the service failed", zh = "与服务的连接失败",
}

local function other_transport_meaning(name)
  return other_transport[name] and connection_failed or transport_failed
end

--- What a name of ours means; nil where it is none.
---@param name string
---@return table|nil
function ours.meaning(name)
  return meanings[name] or (other_transport[name] ~= nil and other_transport_meaning(name)) or nil
end

--- What the name of a transport's failure means, also of one that is not known here.
---@param name string
---@return table
function ours.transport_meaning(name)
  return meanings[name] or other_transport_meaning(name)
end

--- The codes that are known here by themselves.
---@return string[] in no order
function ours.names()
  local list = {}
  for code in pairs(meanings) do
    list[#list + 1] = code
  end
  return list
end

return ours
