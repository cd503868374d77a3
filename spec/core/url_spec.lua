-- facequery.core: where it sends.

local core = require "facequery.core"

describe("core.check_url", function()
  it("takes https to anywhere", function()
    for _, url in ipairs {
      "https://kyc1.qcloud.com", "https://kyc1.qcloud.com/api/v2/base/queryfacerecord?orderNo=1",
      "HTTPS://kyc1.qcloud.com:8443/", "https://192.0.2.1", "https://[2001:db8::1]:443/", "https://localhost",
    } do
      assert.is_true(core.check_url(url), url)
    end
  end)

  it("takes http to this machine", function()
    for _, url in ipairs {
      "http://localhost", "http://localhost:8080/x", "http://127.0.0.1", "http://127.255.0.9:1/", "http://[::1]:80/",
    } do
      assert.is_true(core.check_url(url), url)
    end
  end)

  it("refuses http to any other, and what is neither", function()
    for _, url in ipairs {
      "http://example.org", "http://kyc1.qcloud.com", "http://128.0.0.1", "http://126.255.255.255",
      "http://localhost.example.org", "http://127.0.0.1.example.org", "http://[2001:db8::1]", "http://[::2]",
      "http://0.0.0.0", "ftp://localhost/", "gopher://127.0.0.1/",
    } do
      local ok, failure = core.check_url(url)
      assert.is_nil(ok)
      assert.same({ status = "INSECURE_URL" }, failure)
    end
  end)

  it("refuses what is no url, and one with a user name", function()
    for _, url in ipairs {
      "", "kyc1.qcloud.com", "https://", "file:///etc/passwd", "://x", "https://a b", "https://user@kyc1.qcloud.com",
      "https://user:password@kyc1.qcloud.com", "http://127.0.0.1@example.org", "https://kyc1.qcloud.com:99999",
    } do
      local ok, failure = core.check_url(url)
      assert.is_nil(ok, url)
      assert.same({ status = "INVALID_BASE_URL" }, failure)
    end
  end)

  it("raises when it is not given a string of C's", function()
    for _, wrong in ipairs { 1, true, {}, "https://example.org\0.example.com" } do
      assert.has_error(function() core.check_url(wrong) end)
    end
    assert.has_error(function() core.check_url() end)
  end)
end)
