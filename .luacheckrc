std = "ngx_lua+max"
max_comment_line_length = false
files["spec"] = { std = "ngx_lua+max+busted" }
