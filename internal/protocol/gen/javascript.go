package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
)

// shared are the names that both sides use beside the reader.
var shared = []string{"Version", "PageAttribute", "LoginFormat", "MaxDelegates", "MaxOrigin"}

// limits are what the page library and its users name.
var limits = []string{
	"Version", "PageAttribute", "MediaTypeText", "MaxDocuments", "MaxRequest", "MaxTextDocument", "ChunkSize",
	"MaxName", "MaxPurpose", "CodeDigits", "MaxSignature", "MaxAct", "MaxClaim", "MaxSealed",
	"LoginFormat", "MinNonce", "MaxNonce", "MaxLoginToken", "MaxCertificate", "MaxCertificates", "MaxSigned", "MaxDelegates", "MaxOrigin",
	"MaxInstallURL",
}

// The codes which each side raises itself, and so needs the sentences of.
var (
	extensionCodes = []fault.Code{
		fault.ExtensionMissing, fault.NotAdmitted, fault.ExtensionOutdated,
		fault.RequestInvalid, fault.RequestTooLarge,
		fault.Unsupported, fault.GestureRequired, fault.TooMany, fault.Busy, fault.Cancelled,
		fault.PageGone, fault.WindowFailed,
		fault.HostMissing, fault.HostOutdated, fault.HostStopped, fault.HostRefused,
	}
	clientCodes = []fault.Code{
		fault.ExtensionMissing, fault.NotAdmitted, fault.ExtensionOutdated,
		fault.RequestInvalid, fault.RequestTooLarge,
		fault.Unsupported, fault.Cancelled, fault.MessageInvalid,
		fault.DocumentChanged, // a Blob that cannot be read any more
		// For the script of a page that has no answer from its own site, or an error of its own.
		fault.Unavailable, fault.Internal,
	}
)

// jsConstant is one name and its value as a JavaScript literal.
type jsConstant struct{ name, value string }

// constants returns the named constants, then the known formats, profiles and stages as lists.
func constants(p *source, names []string) ([]jsConstant, error) {
	var all []jsConstant
	for _, name := range names {
		value, err := p.value(name)
		if err != nil {
			return nil, err
		}
		all = append(all, jsConstant{name, value})
	}
	for _, kind := range []string{"Format", "Profile", "Stage"} {
		all = append(all, jsConstant{kind + "s", "Object.freeze([" + quoteAll(p.values(kind)) + "])"})
	}
	return all, nil
}

// extensionScript is a classic script: content scripts cannot be modules. It defines `protocol`.
func extensionScript(p *source) (string, error) {
	names := append(slices.Clone(shared), "HostName", "PortPrefix", "RequestPrefix", "RequestLifetime", "LoginFormatWebEID", "SitePath", "MaxSite", "MaxInstallURL", "ChunkSize",
		"PolicyKey", "SeenKey", "EndsKey", "MaxEnds", "MaxCertificates", "MaxLibraries", "MaxLibraryPath", "MaxPolicySites", "ReminderBefore", "ReminderAfter")
	all, err := constants(p, names)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(header + "\"use strict\";\n\nconst protocol = Object.freeze({\n")
	for _, c := range all {
		fmt.Fprintf(&b, "  %s: %s,\n", c.name, c.value)
	}
	b.WriteString("  // What browsers say when the host's port closes, and what it means.\n  HostReasons: Object.freeze([\n")
	for _, r := range protocol.HostReasons {
		fmt.Fprintf(&b, "    [%s, %s],\n", quote(r.Phrase), quote(string(r.Code)))
	}
	b.WriteString("  ]),\n  sentences: ")
	b.WriteString(strings.ReplaceAll(sentences(extensionCodes), "\n", "\n  "))
	b.WriteString(",\n});\n")
	return b.String(), nil
}

// clientModule is the same as an ES module, each constant an export, and the reader.
func clientModule(p *source) (string, error) {
	all, err := constants(p, limits)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(header + "\n")
	for _, c := range all {
		fmt.Fprintf(&b, "export const %s = %s;\n", c.name, c.value)
	}
	table, _, err := readerTable(p, asked, heard, clientOnly)
	fmt.Fprintf(&b, "\nexport const sentences = %s;\n\n%s\n%s", sentences(clientCodes), table, readerSource)
	return b.String(), err
}

// sentences returns an object literal, code → {tr, en}, that has no prototype to be mistaken for an entry.
func sentences(codes []fault.Code) string {
	var b strings.Builder
	b.WriteString("Object.freeze({\n  __proto__: null,\n")
	for _, code := range codes {
		s := message.Error(code)
		fmt.Fprintf(&b, "  %s: Object.freeze({\n    tr: %s,\n    en: %s,\n  }),\n", code, quote(s.TR), quote(s.EN))
	}
	b.WriteString("})")
	return b.String()
}

// quote returns s as a string literal of JavaScript; JSON's are a subset (ECMA-262, 2019).
func quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can always be encoded
	return strings.TrimSpace(b.String())
}

// quoteAll returns the elements of an array.
func quoteAll(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(s)
	}
	return strings.Join(quoted, ", ")
}
