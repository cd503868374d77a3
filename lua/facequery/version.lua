--- The one place where facequery's version stands.
return "0.2.0"
