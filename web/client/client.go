// Package client is the page library: the ES module that a site serves to its pages. It is
// JavaScript (client.js, with its manual in client.d.ts); this file only hands it to Go.
package client

import "embed"

// Files are client.js and protocol.gen.js, which it imports from its own folder, and dss.js, the connector for servers of EU DSS, which
// imports client.js. Serve them side by side as text/javascript.
//
//go:embed client.js protocol.gen.js dss.js
var Files embed.FS
