package extend

// OpenPAdES is for tests of single steps.
var OpenPAdES = openPAdES

// OpenXAdES opens the editor of an XML signature.
var OpenXAdES = openXAdES

// OpenJAdES opens the editor of a signature in JSON.
var OpenJAdES = openJAdES
