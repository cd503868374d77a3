std = "max"
max_line_length = 120
files["sandbox"] = { std = "ngx_lua+max" }
files["lua/facequery/sandbox"] = { std = "ngx_lua+max" }
files["spec"] = { std = "max+busted" }
