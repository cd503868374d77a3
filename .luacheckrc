std = "ngx_lua+max"
max_comment_line_length = false
-- Younger than luacheck's list.
read_globals = { ngx = { fields = { run_worker_thread = {} } } }
files["spec"] = { std = "ngx_lua+max+busted" }
files["examples/kong"] = { read_globals = { "kong" } }
