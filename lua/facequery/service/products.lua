--- What a scan can be started for: where it is registered, and how its front end is opened.

---@class facequery.Product
---@field register string the path of its registration
---@field id "faceId"|"h5faceId" what its answer and its front end call the scan
---@field is_named? true it takes a name and an ID number also beside a photo; they are signed where `id` is h5faceId
---@field login? string the path of the page that a browser opens; nil: the front end takes parameters
---@field form "browser"|"page"|"mini_program"|"sdk" which parameters its front end takes

local PLUS, ENHANCED = "/api/server/getPlusFaceId", "/api/server/getAdvFaceId"
local BASIC, BASIC_H5 = "/api/server/getfaceid", "/api/server/h5/geth5faceid"

---@type table<string, facequery.Product>
return {
  -- "Plus 版人脸核身", in a phone's browser (also WeChat's) and in an app; the newest pages.
  plus_h5 = { register = PLUS, id = "faceId", login = "/api/web/login", form = "browser" },
  plus_sdk = { register = PLUS, id = "faceId", form = "sdk" },
  -- "增强版人脸核身"
  enhanced_h5 = { register = ENHANCED, id = "faceId", login = "/api/web/login", form = "browser" },
  enhanced_sdk = { register = ENHANCED, id = "faceId", form = "sdk" },
  -- "基础版人脸核身": an app, a computer's browser, and the older mini programs.
  basic_sdk = { register = BASIC, id = "faceId", is_named = true, form = "sdk" },
  pc_h5 = { register = BASIC_H5, id = "h5faceId", is_named = true, login = "/api/pc/login", form = "page" },
  mini_program = { register = BASIC_H5, id = "h5faceId", is_named = true, form = "mini_program" },
}
