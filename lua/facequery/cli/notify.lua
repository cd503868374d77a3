--- Tells systemd how a service is (sd_notify(3)): that it is ready, that it is alive, that it is stopping.  Outside of
--- systemd nobody is told anything.

local core = require "facequery.core"

local notify = {}

---@param state string "READY=1", "WATCHDOG=1", "STOPPING=1"
function notify.tell(state)
  local socket = os.getenv "NOTIFY_SOCKET"
  if socket then
    core.send_datagram(socket, state)
  end
end

--- How often systemd wants to hear that the service is alive (WatchdogSec=): twice as often, as it advises.
---@return number|nil seconds; nil where it does not watch
function notify.interval()
  local microseconds = tonumber(os.getenv "WATCHDOG_USEC" or nil)
  return microseconds and microseconds > 0 and microseconds / 2e6 or nil
end

return notify
