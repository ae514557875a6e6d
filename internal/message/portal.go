package message

var portal = map[string]entry{}
