package secretfile

import "testing"

func TestResolve(t *testing.T) {
	for written, want := range map[string]string{
		"": "", "a.pem": "/etc/portal/a.pem", "/b/a.pem": "/b/a.pem", "%d/client.secret": "/run/credentials/x/client.secret",
		"%d/../a": "error", "%d/a/b": "error", "%d/": "error", "%d/..": "error",
	} {
		t.Setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x")
		path := written
		if err := Resolve("/etc/portal", &path); (err != nil) != (want == "error") || err == nil && path != want {
			t.Errorf("%q: %q, %v", written, path, err)
		}
		for _, none := range []string{"", "relative"} {
			t.Setenv("CREDENTIALS_DIRECTORY", none)
			path = "%d/client.secret"
			if err := Resolve("/etc/portal", &path); err == nil {
				t.Errorf("with %q as the folder of credentials: %q", none, path)
			}
		}
	}
}
