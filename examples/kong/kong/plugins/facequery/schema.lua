-- What an operator says of facequery in Kong (handler.lua).

local typedefs = require "kong.db.schema.typedefs"

return {
  name = "facequery",
  fields = {
    { protocols = typedefs.protocols_http },
    { config = {
      type = "record",
      fields = {
        { app_id = { type = "string", required = true, match = "^%w+$", len_max = 8 } },
        -- "{vault://env/facequery-secret}" is FACEQUERY_SECRET of Kong's environment.
        { secret = { type = "string", required = true, encrypted = true, referenceable = true } },
        { base_url = typedefs.url },
        -- Where the order's number is in the request, and the name of that header or argument.
        { order_from = { type = "string", required = true, default = "header", one_of = { "header", "query" } } },
        { order_name = typedefs.header_name { required = true, default = "X-Order-No" } },
        -- Of what refused users are told.
        { lang = { type = "string", required = true, default = "en", one_of = { "en", "zh" } } },
      },
    } },
  },
}
