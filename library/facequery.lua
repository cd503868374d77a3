---@meta facequery

-- Made of the annotations in lua/ by `make docs`.

--- What facequery.new takes.  A setting that is not there is its variable of the environment, or its default.
---@class facequery.Config
---@field app_id? string the page's appId, 1 to 8 letters and digits; default FACEQUERY_APP_ID, and an error without
---@field ticket? string|fun(): string|nil, string|nil a SIGN ticket, or what returns the current one, or nil and a reason; default FACEQUERY_TICKET; not used beside a secret
---@field secret? string the app's secret: tickets are fetched, kept and renewed; default FACEQUERY_SECRET
---@field base_url? string the service's; http only to a loopback host; default FACEQUERY_BASE_URL, then https://kyc1.qcloud.com
---@field version? string the page's version, 1 to 20 characters, default "1.0.0"
---@field timeout? number seconds of one exchange, default 10
---@field connect_timeout? number seconds to connect, of an exchange's, default 3
---@field retries? integer how often a retryable failure is asked again, with back-off, default 2
---@field ca_file? string path of PEM: whom TLS trusts; default FACEQUERY_CA_FILE, then the system's
---@field proxy? string as libcurl's CURLOPT_PROXY; default: libcurl's environment variables
---@field lang? facequery.Lang of messages, default "en"
---@field max_media? integer bytes, decoded, of each medium; default 64 MiB
---@field ticket_store? facequery.TicketStore where tickets are kept, with secret; default: the file FACEQUERY_TICKET_FILE, then in nginx the lua_shared_dict "facequery", then memory
---@field app_id_parameter? "appId"|"app_id" in the url of a ticket's request; default: "appId" for kyc1.qcloud.com, else "app_id"
---@field transport? "curl"|"worker_thread"|"resty"|facequery.Transport default: what fits where it runs
---@field thread_pool? string nginx's thread_pool for worker_thread, default "facequery"
---@field sleep? fun(seconds: number) waits; default: the system's, in nginx ngx.sleep
---@field on_event? fun(event: facequery.Event) hears each step of each exchange; one that raises costs no answer

--- The language of messages.
---@alias facequery.Lang "en"|"zh"

--- A store of tickets: anything with these three.  Values are opaque strings that hold a ticket: keep them as you would
--- keep a password.  What a user's own does is checked: BAD_STORE.
---@class facequery.TicketStore
---@field get fun(self, key: string): string|nil, facequery.Failure|nil, string|nil the value; or nil and a failure when the store can't be asked; or nil, nil and the code of why what was there is not to be trusted
---@field set fun(self, key: string, value: string, seconds: number): boolean|nil, facequery.Failure|nil `seconds`: how long the value is of use
---@field lock fun(self, key: string, seconds: number): (fun()|false|nil), facequery.Failure|nil without waiting: a function that releases the lock; false when another has it; or nil and a failure. The lock ends by itself, after `seconds` or with its owner

--- What the core, a transport and a ticket store return beside nil: a plain table, which can cross to
--- another thread and be stored, and which an Error is made of where it reaches the caller.
---@class facequery.Failure
---@field status string a name of ours, as an error's code may be; or "TRANSPORT", "HTTP", "SERVICE"
---@field code? string of TRANSPORT: libcurl's name without CURLE_, or one of ours; of SERVICE: what the service answered, never "0"
---@field http_status? integer of HTTP: the status
---@field msg? string of SERVICE: its words
---@field bizSeqNo? string of SERVICE: for the provider's support
---@field secret_for? "fetch" of SERVICE: asked for a ticket
---@field field? string what it is about: "photo", "video", a setting's name, a path
---@field offset? integer BASE64_FOREIGN: the character's place in the value, from 0
---@field detail? string what a library below said; never a secret, never content
---@field values? string what the setting can be

--- Sends a request and returns its answer, or nil and why there is none.  What a user's own returns is checked:
--- BAD_TRANSPORT.
---@alias facequery.Transport fun(request: facequery.Request): facequery.Response|nil, facequery.Failure|nil

--- What is to be sent, as a plain table: it can cross to another thread, and a transport needs nothing else.
---@class facequery.Request
---@field method "POST"|"GET" HTTP's
---@field url string whole, with its query
---@field headers table<string, string> their names and values
---@field body? string what is posted
---@field timeout number seconds for all of it
---@field connect_timeout number seconds to connect
---@field ca_file? string path of PEM: whom TLS trusts; nil: the system's
---@field proxy? string as facequery.Config's
---@field max_envelope integer bytes of the answer without its media
---@field max_media integer bytes, decoded, of each medium
---@field files facequery.RequestFile[] the answer's fields that are files
---@field unique string[] those that may come once only
---@field within? string the field at the root whose object may have all of them, too
---@field recipients? string certificates in PEM: files with a path are encrypted for them
---@field draft? boolean the files lie in a folder that will appear as a whole
---@field hashes string[] digests of the media
---@field digest_body? boolean the answer's SHA-256, too
---@field provenance? boolean who answered and when, too
---@field diagnose? boolean how long each step took, too, and whose certificate it is that can't be verified, where the transport knows it
---@field order_no? string the order that the answer must be about

--- A file that the answer may have.
---@class facequery.RequestFile
---@field name string the field's
---@field path? string a file that doesn't exist yet; nil: into memory

--- What came of it: a plain table, too.  An answer with another HTTP status than 200 is one only where it is
--- the service's own refusal.
---@class facequery.Response
---@field status integer the HTTP status: 200, or another where the answer is the service's own all the same
---@field envelope string the answer's JSON text, "" in the place of media
---@field record? facequery.Record of the envelope, without media, where the transport has read it
---@field odd? string[] the media whose place holds neither base64 nor nothing, where the transport has read it
---@field media { photo?: facequery.Media, video?: facequery.Media } the files
---@field damaged? { photo?: facequery.Damage, video?: facequery.Damage } those that are not base64
---@field time number seconds that it took
---@field reused? boolean the connection was open already
---@field sha256? string of the answer as it came, where the request said digest_body
---@field layout? facequery.Layout[] beside that: where the files' text stood in the answer, in order; nil where it can't be made again
---@field provenance? facequery.Provenance where the request said so, as far as the transport knows it
---@field steps? facequery.Steps where the request said diagnose and the transport knows it

--- Under the page's own names ("响应参数"); fields that the page doesn't know are kept.
---@class facequery.Record
---@field code string "0": verified to be the same person
---@field msg? string the service's words ("返回结果描述")
---@field bizSeqNo? string for the provider's support ("业务流水号")
---@field transactionTime? string when it was asked ("请求接口的时间"): "20220329111740", as the service's clock says
---@field orderNo? string the order that was asked for ("订单编号")
---@field liveRate? string score of the liveness detection ("活体检测得分"): "99"
---@field similarity? string score of the comparison of faces ("人脸比对得分"): "88.01"
---@field occurredTime? string when the face was scanned ("进行刷脸的时间"): "20220329104717"
---@field appId? string the App ID
---@field sdkVersion? string the scan's SDK ("人脸核身时的sdk版本号"); with query_version "1.0"
---@field trtcFlag? string "Y" when the face was scanned over TRTC; with query_version "1.0"
---@field riskInfo? table risks of the scan ("RiskInfo 对象说明"): see facequery.risk_tags
---@field photo? facequery.Media the scan's photo, where it was asked for and sent
---@field video? facequery.Media the scan's video, where it was asked for and sent
---@field damaged? { photo?: facequery.Damage, video?: facequery.Damage } never in a record that is returned as one: see err.record

--- A photo or a video that came.
---@class facequery.Media
---@field data? string the bytes, where no path was given
---@field path? string the file, where one was
---@field size integer bytes
---@field format? "jpeg"|"png"|"mp4" as the bytes say; nil when they are none of them
---@field mime string its media type; "application/octet-stream" when unknown
---@field sha256? string 64 lower-case hex digits

--- A medium that came, but is not base64: evidence as it came, and no file.
---@class facequery.Damage
---@field code "BASE64_FOREIGN"|"BASE64_CUT"|"MEDIA_TOO_LARGE"|"DUPLICATE_MEDIA" the last: a second one, beside a good one
---@field offset? integer BASE64_FOREIGN: of the character in the value, from 0
---@field data? string the text between the quotes of its JSON string; nil where it was too long to be kept
---@field size? integer bytes of it
---@field exact? boolean it is byte by byte what came; else line breaks and escapes in it followed no rule, and are lost
---@field sha256? string 64 lower-case hex digits

--- Where a file's text stood between its quotes: with all of them the envelope is the answer again, byte by byte.
---@class facequery.Layout
---@field name "photo"|"video" which file
---@field at integer bytes of the envelope before it
---@field base64? facequery.Spelling how the file's bytes were written; nil: the damaged file's text stood there, as it is

--- How base64 was written, where not plainly: RFC 4648's, with padding.
---@class facequery.Spelling
---@field prefix? string before it: a data url's, its escapes undone
---@field unpadded? true without padding
---@field slash? string what stood for each "/", those of the prefix, too: "\\/"
---@field line? integer characters of base64 in each of the first lines,
---@field lines? integer of which there are so many; all else stands on one more
---@field ending? string of each of the first lines, as it stood in the JSON: "\\r\\n"

--- Who answered, over what connection, and when.
---@class facequery.Provenance
---@field host? string that was asked, and its port where the url has one
---@field sent? number seconds since the epoch, by this machine's clock: when the request was handed over to be sent
---@field received? number when the answer was whole
---@field date? string the answer's Date header, as it came
---@field tls? string "TLSv1.2", "TLSv1.3"; nil over plain http
---@field cipher? string by OpenSSL's name
---@field certificate? string SHA-256 of the server's certificate (DER), hex

--- Seconds from the start until a step was done; 0: it was not needed.
---@class facequery.Steps
---@field lookup number the name was resolved
---@field connect number the connection was there
---@field handshake number TLS was agreed on

--- What a client's listener hears: "request" before an exchange, "response" after it, "retry" before a back-off,
--- "pending" before a poll's next attempt, "ticket" when one was fetched, could not be, or what the store held was
--- ignored.
--- It holds no ticket, secret, token or signature, no name and no file.
---@class facequery.Event
---@field type "request"|"response"|"retry"|"pending"|"ticket" what happened
---@field order_no? string the order that is asked for
---@field action? "fetched"|"failed"|"ignored"|"unwritten" of "ticket"
---@field attempt? integer from 1: of the request, in "pending" of the poll
---@field method? "POST"|"GET" HTTP's
---@field url? string without its query string, which holds secrets
---@field code? string the service's, or the error's
---@field kind? facequery.Kind of the error
---@field biz_seq_no? string the service's bizSeqNo ("请求业务流水号"), for the provider's support
---@field odd? string[] the files in whose place the answer has neither base64 nor nothing
---@field status? integer HTTP
---@field time? number seconds that the exchange took
---@field reused? boolean the connection was open already
---@field delay? number seconds until the next attempt

--- Whose an error is, and what may help.
---@alias facequery.Kind
---| "invalid_request" # the service or facequery refuses the request as it is
---| "auth" # ticket, signature or App ID are refused, or there is no ticket
---| "not_found" # the service has no such result: 66660011 and its causes
---| "rejected" # not the person, or not a usable scan
---| "expired" # the session or its codes are too old
---| "risk" # stopped by the service's risk control
---| "rate_limited" # too many requests; retried
---| "service" # the service is unwell; retried
---| "unknown" # a code of the service that is not known here, as it came
---| "transport" # no answer came
---| "http" # an HTTP status other than 200
---| "protocol" # the answer is not one JSON object, or is about another order
---| "media" # a photo or a video is damaged, or too large
---| "storage" # a file that can't be written, or is there already
---| "pending" # verified, but the files never came

--- What asks the service: facequery.new makes it.  Its methods raise on wrong types, and return nil and an error for
--- everything else.
---@class facequery.Client
local Client = {}

--- The result, and the media that were asked for ("查询核身结果", queryfacerecord).  Retried as the settings say.
---@param query facequery.Query
---@return facequery.Record|nil record of code "0" alone
---@return facequery.Error err of any kind but "pending"; what the service did send is in `err.record`
function Client:query(query) end

--- As query, until the media asked for (default: both) are there, which may be seconds later ("注意事项"); each is
--- fetched once.
---@param query facequery.PollQuery
---@return facequery.Record|nil record of code "0" alone, with the files
---@return facequery.Error err as of query; MEDIA_PENDING, of kind "pending", when they never came
function Client:poll(query) end

--- Fetches the order's evidence into a bundle in the archive: the record, photo, video and a
--- manifest of their digests.  An order that is there already is left alone.  Waits for the disk:
--- not for nginx.
---@param query facequery.ArchiveQuery
---@return facequery.Bundle|nil bundle of a verified order, or of a refusal that is evidence, too: look at its `code`
---@return facequery.Error err as of poll, or of kind "storage"; with `err.bundle` where a file came damaged and was kept so
function Client:archive(query) end

--- Many orders at once, in one thread: `for order_no, record, err in client:each(orders) do`.
--- Results come as they are ready.  Blocks: not for nginx.
---@param orders string[]|(fun(): string|nil) order numbers, or what returns the next one and nil after the last
---@param options? facequery.EachOptions
---@return (fun(): string|nil, facequery.Record|facequery.Bundle|nil, facequery.Error)|nil iterator order number, record (with `dir`: bundle), error
---@return facequery.Error err where nothing can be begun
function Client:each(orders, options) end

--- Registers a scan and opens it: returns the url for the user's browser, or the parameters for the app's SDK.  Made
--- at the click: it works once, for 120 seconds.  After any error the next start takes a new order number.
--- ("合作方后台上传身份信息", "启动人脸核身")  It takes `secret`.
---@param query facequery.StartQuery
---@return facequery.Scan|nil scan
---@return facequery.Error err SECRET_MISSING, IDENTITY_MISSING, INVALID_PERSON, FIELD_UNUSED, NO_FACE_ID; or what the service refused, with none of its words
function Client:start(query) end

--- Is the H5 return url the service's own ("前端获取结果验证签名")?  Constant in time; covers code and orderNo, and neither
--- liveRate nor h5faceId.  Whatever comes from a url is no type to raise for: what is not a string
--- does not match.
---@param parameters facequery.Callback
---@return true|nil is_genuine
---@return facequery.Error err INVALID_CALLBACK_SIGN; or why there is no ticket to compare with, which says nothing of the url
function Client:verify_callback(parameters) end

--- Signs a call of the service that this client has no method for, with its current SIGN ticket: the values are
--- sorted bytewise and joined, the ticket among them, and go through SHA-1.
---@param values string[] all but the ticket
---@return string|nil sign 40 upper-case hex digits
---@return facequery.Error err where there is no ticket, and none was granted
function Client:sign(values) end

--- A NONCE ticket ("获取 NONCE ticket"), which signs one start by one user: fetched each time, kept nowhere.  It takes
--- `secret`.
---@param query facequery.NonceQuery
---@return facequery.NonceTicket|nil ticket
---@return facequery.Error err SECRET_MISSING; or why none was granted
function Client:nonce_ticket(query) end

--- Gets a ticket, renewed where it is time, and says how old it is: what a timer calls to keep it
--- fresh.
---@return facequery.TicketAge|nil status
---@return facequery.Error err where there is none, and none was granted
function Client:ticket_status() end

--- Closes the connection; the next query opens another.
function Client:close() end

--- What client:query takes ("请求参数").
---@class facequery.Query
---@field order_no string 1 to 32 letters and digits ("orderNo")
---@field get_file? string|integer "both", "photo", "video", or the page's "1", "2", "3" ("getFile"); default: what has a path
---@field query_version? string "1.0" for sdkVersion and trtcFlag, up to 8 characters ("queryVersion")
---@field photo_path? string a file that doesn't exist yet, in a folder that does: streamed there instead of into memory, with mode 0600
---@field video_path? string the same

--- What stands beside nil.  `tostring(err)` is one line for a log.  Kinds and codes are stable; sentences are not.
---@class facequery.Error
---@field kind facequery.Kind whose it is, and what may help
---@field code string the service's code, the HTTP status, or a name of ours
---@field message string one sentence, in the client's language
---@field msg? string the service's own words, untouched
---@field causes string[] possible causes; often empty
---@field advice string what to do next
---@field retryable boolean asking again, unchanged, may help
---@field orderNo? string the order's number, where it is one
---@field bizSeqNo? string the service's ("业务流水号"), for the provider's support
---@field record? facequery.Record what the service did send with a non-zero code or beside a damaged file, good files included, and `damaged` ones as they came
---@field bundle? facequery.Bundle of client:archive and client:each: what was kept all the same, with a damaged file
---@field offset? integer BASE64_FOREIGN: the character's place in the value, from 0
---@field field? string what it is about: "photo", "video" or a setting's name
---@field detail? string what a library below said; never a secret, never content
---@field values? string what the setting can be

--- One order's evidence, in an archive.
---@class facequery.Bundle
---@field order_no string the order
---@field path string the folder that has it
---@field code string the record's: "0" where it was verified
---@field manifest string SHA-256 of manifest.json
---@field existing boolean it was there already, and was left alone
---@field damaged? table<"photo"|"video", table> of its manifest, where a file came damaged

--- What client:poll takes.  "轮询3次,每次2s"
---@class facequery.PollQuery : facequery.Query
---@field attempts? integer how often it is asked at most, default 3
---@field interval? number seconds between them, default 2

--- What client:archive takes.
---@class facequery.ArchiveQuery
---@field order_no string 1 to 32 letters and digits
---@field dir string the archive's folder
---@field hashes? string[] digests of the files besides "sha256": "sm3"
---@field incomplete? boolean archive a verified order without its files, too, when they never come
---@field encrypt_to? string[] paths of certificates: the bundle's files are encrypted for these
---@field encrypt_media_to? string[] photo and video for these instead
---@field query_version? string as facequery.Query's
---@field attempts? integer as facequery.PollQuery's, default 3
---@field interval? number seconds, as facequery.PollQuery's, default 2

--- How client:each asks for its orders.
---@class facequery.EachOptions
---@field concurrency? integer orders at once, default 16, at most 250
---@field max_rate? number requests a second at most
---@field dir? string archive each order there, and get bundles instead of records
---@field hashes? string[] with dir, as facequery.ArchiveQuery's
---@field incomplete? boolean with dir, as facequery.ArchiveQuery's
---@field encrypt_to? string[] with dir, as facequery.ArchiveQuery's
---@field encrypt_media_to? string[] with dir, as facequery.ArchiveQuery's
---@field beside? fun(pool: facequery.Pool) runs in a coroutine beside the orders, and ends with them
---@field method? "poll"|"query" default "poll"
---@field get_file? string|integer as facequery.Query's
---@field query_version? string as facequery.Query's
---@field attempts? integer as facequery.PollQuery's
---@field interval? number seconds, as facequery.PollQuery's

--- The exchanges of a run over many orders.
---@class facequery.Pool

--- What client:start takes: what a scan is registered with, and what it is opened with.
---@class facequery.StartQuery : facequery.Registration, facequery.Login

--- What a scan is registered with ("合作方后台上传身份信息").
---@class facequery.Registration
---@field order_no string 1 to 32 letters and digits, new for each scan
---@field user_id string 1 to 32 letters and digits, each user's own
---@field product? string "plus_h5" (default), "plus_sdk", "enhanced_h5", "enhanced_sdk", "basic_sdk", "pc_h5", "mini_program"
---@field name? string with id_no: the authority's photo is compared with; UTF-8
---@field id_no? string letters and digits
---@field photo? string bytes of a JPEG or a PNG of 500 KB at most to compare with, in place of the authority's
---@field photo_type? string|integer "hd" (default with a photo), "watermark", or the page's "2", "1"
---@field app_id_parameter? "appId"|"webankAppId" what older hosts call the App ID; default "appId", in a mini program's parameters "webankAppId"

--- What a scan is opened with ("启动人脸核身").
---@class facequery.Login
---@field return_url? string where the browser is led afterwards; wanted where `product` has a page
---@field result_type? string|integer "1": straight to return_url; without: the provider's result page first
---@field from? "browser"|"App"|"app" "browser" (default), or the web view of an app
---@field redirect_type? string|integer "1": replaces the page in the browser's history
---@field licence? string of the app's SDK, from the provider's console; goes along

--- A scan that was registered, and what opens it.
---@class facequery.Scan
---@field order_no string by which its result is queried
---@field face_id string the service's id of the scan: faceId or h5faceId
---@field host string at which it is opened
---@field url? string for a browser: opened once, by this user, within `expires_in`
---@field login? table<string, string> for an app's SDK or a mini program: the same
---@field expires_in number seconds that the url or the login works
---@field bizSeqNo? string of the registration, for the provider's support

--- The parameters of the return url ("H5 前端获取结果"); whatever is no string there does not match.
---@class facequery.Callback
---@field code string as it came
---@field orderNo string as it came: compare it with the order that was started
---@field newSign? string the signature, 40 hex digits
---@field newSignature? string the same, in older pages

--- Whom client:nonce_ticket fetches one for.
---@class facequery.NonceQuery
---@field user_id string 1 to 32 letters and digits: the page wants no special characters, and another one for each user

--- A NONCE ticket ("获取 NONCE ticket").
---@class facequery.NonceTicket
---@field value string for one start by one user
---@field expires_in number seconds

--- How old a ticket is, as far as that is known: nothing of one that the user gives.
---@class facequery.TicketAge
---@field age? number seconds since it was fetched
---@field expires_in? number seconds that the service takes it, by its answer
---@field renews_in? number seconds until it is time to fetch another

--- Where something went wrong.
---@class facequery.Where
---@field field? string what it is about: "photo", "timeout", …
---@field offset? number in characters from 0
---@field limit? number the limit that was passed, in the message's unit
---@field detail? string what a library below said; never a secret, never content
---@field values? string what it can be

--- What a code means.
---@class facequery.Meaning
---@field code string the service's code, the HTTP status, or a name of ours
---@field kind facequery.Kind|"success" "success" for code 0 alone
---@field message string one sentence
---@field causes string[] what may have led to it; often empty
---@field advice string what to do next
---@field retryable boolean asking again, unchanged, may help

--- A risk that was found in a scan.
---@class facequery.RiskTag
---@field tag string two digits where the table knows it, else as sent
---@field text string what it says
---@field field? "deviceInfoTag"|"riskInfoTag" where it is not a liveness tag

--- What is signed for a query ("合作方后台生成签名"), each under the page's name.
---@class facequery.SignValues
---@field app_id string 1 to 8 letters and digits
---@field order_no string 1 to 32 letters and digits
---@field ticket string a SIGN ticket ("api ticket")
---@field nonce string 32 letters and digits ("nonceStr"): see facequery.nonce
---@field version? string up to 20 characters, default "1.0.0"

--- Settings of facequery.new and fields of client:query together.
---@class facequery.ScriptQuery : facequery.Config, facequery.Query

--- facequery: ask the face verification service for its result, and get it right.
local facequery = {}

--- The version of facequery: "1.2.3".
---@type string
facequery._VERSION = ""

--- A client of the service.  Nothing is sent yet.
---@param options? facequery.Config
---@return facequery.Client|nil client
---@return facequery.Error err a setting's bad value, of kind "invalid_request"; TICKET_MISSING; NO_TRANSPORT
function facequery.new(options) end

--- What a code means: the service's, or what its pages call that, the code of H5's return url or of the
--- app SDK, an HTTP status of three digits, or a name of ours.
--- Never fails for a code that is not known: that is kind "unknown".
---@param code string|number as it came, or an error's
---@param lang? facequery.Lang default "en"
---@param where? facequery.Where added to the message
---@return facequery.Meaning meaning the caller's own
function facequery.explain(code, lang, where) end

--- The risks that an answer names ("RiskInfo 对象说明"), in order of appearance, each once. Tags that are not in the
--- page's table stay visible. No risk named: an empty list. Nothing inside an answer raises.
---@param x string|number|table "03,12" (separated by _ , ; | or blanks), a RiskInfo, or a record
---@param lang? facequery.Lang default "en"
---@return facequery.RiskTag[] tags
function facequery.risk_tags(x, lang) end

--- The signature of a query ("合作方后台生成签名"), from its five values by name; or of any other call of the service,
--- from a list of its values, the ticket among them.
---@param values facequery.SignValues|string[] by name, or a list of all that is signed
---@return string|nil sign 40 upper-case hex digits
---@return facequery.Error err INVALID_APP_ID, INVALID_ORDER_NO, INVALID_TICKET, INVALID_NONCE, INVALID_VERSION
function facequery.sign(values) end

--- A fresh nonce ("nonceStr"): 32 letters and digits from the system's CSPRNG.
---@return string|nil nonce
---@return facequery.Error err CRYPTO_FAILED: the system has no random bytes
function facequery.nonce() end

--- Decodes a photo or a video ("响应参数", photo and video): base64 with or without padding, line breaks, a data URL's
--- prefix.
---@param base64 string as it came
---@return string|nil bytes
---@return "jpeg"|"png"|"mp4"|nil|facequery.Error format as the bytes say, nil where they are none of these; or the error: BASE64_FOREIGN, BASE64_CUT
function facequery.decode_media(base64) end

--- The app SDK's callback rule ("人脸核身结果查询接口", 注意): is there a record to be queried?
---@param domain? string the callback's error domain; nil after a success
---@return boolean has_record
function facequery.should_query(domain) end

--- One query with a client of its own: for scripts.
---@param fields facequery.ScriptQuery
---@return facequery.Record|nil record of code "0" alone
---@return facequery.Error err as of facequery.new and client:query
function facequery.query(fields) end

return facequery
