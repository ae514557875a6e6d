package gateway

import (
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// clockSkew is by how much the gateway's clock may be ahead of ours.
const clockSkew = time.Minute

// Authentication is when and how somebody has logged in, by the gateway's word.
type Authentication struct {
	At time.Time // zero where it has not said so
	// ACR is the level (authentication context class), and AMR the methods, with spaces between.
	ACR, AMR string
}

// Bounds of what the gateway's word may be.
const (
	maxACR     = 255 // bytes of a level, or of one method
	maxMethods = 16
	maxAMR     = 512 // bytes of all methods
)

// ValidACR reports whether a text can name a level or a method: 1 to maxACR characters of ASCII that can be seen.
func ValidACR(acr string) bool {
	return acr != "" && len(acr) <= maxACR && !strings.ContainsFunc(acr, func(r rune) bool { return r <= ' ' || r > '~' })
}

// readAuthentication reads auth_time, acr and amr of an identity token. A time ahead of the clock counts as missing.
func readAuthentication(token *oidc.IDToken, now time.Time) (Authentication, error) {
	var claims struct {
		AuthTime float64  `json:"auth_time"`
		ACR      string   `json:"acr"`
		AMR      []string `json:"amr"`
	}
	if err := token.Claims(&claims); err != nil {
		return Authentication{}, loginFailed("identity token: auth_time, acr or amr: %.200s", err) // a number would be in it whole
	}
	if claims.ACR != "" && !ValidACR(claims.ACR) {
		return Authentication{}, loginFailed("identity token: acr of %d bytes, or with other characters than visible ASCII", len(claims.ACR))
	}
	methods, err := joinMethods(claims.AMR)
	if err != nil {
		return Authentication{}, err
	}
	a := Authentication{ACR: claims.ACR, AMR: methods}
	latest := now.Add(clockSkew)
	if claims.AuthTime <= 0 || claims.AuthTime > float64(latest.Unix()) {
		return a, nil
	}
	if a.At = time.Unix(int64(claims.AuthTime), 0); a.At.After(now) {
		a.At = now
	}
	return a, nil
}

func joinMethods(amr []string) (string, error) {
	if len(amr) > maxMethods {
		return "", loginFailed("identity token: %d methods in amr, want at most %d", len(amr), maxMethods)
	}
	for _, method := range amr {
		if !ValidACR(method) {
			return "", loginFailed("identity token: a method of %d bytes in amr, or with other characters than visible ASCII", len(method))
		}
	}
	joined := strings.Join(amr, " ")
	if len(joined) > maxAMR {
		return "", loginFailed("identity token: amr of %d bytes, want at most %d", len(joined), maxAMR)
	}
	return joined, nil
}
