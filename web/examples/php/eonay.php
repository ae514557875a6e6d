<?php
declare(strict_types=1);

// eonay asks the service (docs/service.md), whose address and key are in the environment. Where the service refuses, its code and
// sentence go to the page and the request ends here: what is after the call happens only where the service has said yes.
function eonay(string $call, ?array $body = null): object
{
    $context = stream_context_create(['http' => [
        'method' => $body === null ? 'GET' : 'POST',
        'header' => ['Authorization: Bearer ' . getenv('EONAY_KEY'), 'Content-Type: application/json'],
        'content' => $body === null ? '' : json_encode($body, JSON_THROW_ON_ERROR),
        'ignore_errors' => true, // the body of a refusal is wanted too
        'follow_location' => 0,
        'timeout' => 70,
    ]]);
    $text = @file_get_contents(getenv('EONAY_URL') . $call, false, $context);
    $said = $text === false ? null : json_decode($text);
    $status = $text === false ? 503 : (int) explode(' ', $http_response_header[0])[1];
    if ($status !== 200 || !is_object($said)) {
        refuse($status === 200 ? 502 : $status, $said->code ?? 'unavailable', $said->message ?? null);
    }
    return $said;
}

// refuse ends the request with a problem document, as the page library's errors look.
function refuse(int $status, string $code, ?object $message = null): never
{
    $message ??= (object) [
        'tr' => 'Şu anda yanıt verilemiyor. Sayfayı yenileyip yeniden deneyin.',
        'en' => 'No answer right now. Reload the page and try again.',
    ];
    answer(['code' => $code, 'message' => $message], $status, 'application/problem+json');
}

// answer ends the request with JSON.
function answer(array|object $body, int $status = 200, string $type = 'application/json'): never
{
    http_response_code($status);
    header("Content-Type: $type");
    header('Cache-Control: no-store');
    exit(json_encode($body, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES));
}
