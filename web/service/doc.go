// Package service is the relying party as a service: it gives a site that is not written in Go what web/relyingparty gives one that is.
// The site's server asks it by JSON over HTTP, with the site's key; pages and people never do. docs/service.md says how, openapi.json
// describes each call and is served.
//
// # What it trusts
//
// Who has a site's key speaks for that site: for its sessions, its documents and its name in people's windows. All else is hostile: tokens, signed
// files and documents come from browsers. They are bounded before they are read, and judged by the strict readers of web/relyingparty, or by
// internal/validation where the question is what a file of anybody is worth.
//
// # State
//
// It keeps used challenges and the secret that makes challenges (package challenges), and nothing of what it is asked about. Sites share
// no challenge, no key, no anchor and no limit.
package service
