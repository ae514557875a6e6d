package certificatestatus

import (
	"net/netip"
	"testing"

	"github.com/e-onay/e-onay/web/proxy"
)

// TestNetwork: tries are counted of the network that somebody has, and of none where it is not known.
func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7",
		"2001:db8::1": "2001:db8::/64", "2001:db8::ffff:1": "2001:db8::/64", "2001:db8:0:1::1": "2001:db8:0:1::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := network(proxy.Visitor{Address: netip.MustParseAddr(address)}); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
	for _, unknown := range []proxy.Visitor{{}, {Address: netip.MustParseAddr("127.0.0.1"), IsProxy: true}} {
		if got := network(unknown); got != "" {
			t.Errorf("%+v: %q", unknown, got)
		}
	}
}
