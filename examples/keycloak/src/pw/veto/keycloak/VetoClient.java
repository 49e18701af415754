package pw.veto.keycloak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks a Veto server for verdicts. Threads may share it. */
final class VetoClient {
    /** A check takes microseconds; what takes this long is a fault. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER) // one would carry the password to wherever it points
            .connectTimeout(TIMEOUT)
            .build();
    private final URI url;
    private final String token;

    /** The token file may be null. */
    VetoClient(String url, String tokenFile) throws IOException {
        this.url = URI.create(url).resolve("/v1/check");
        this.token = tokenFile == null ? null : Files.readString(Path.of(tokenFile)).strip();
    }

    /**
     * Returns a verdict, whose "decision" is accept or reject. Without one it throws: then the
     * password must not be set. Nothing of the request is in the exception.
     */
    JsonNode check(Map<String, ?> request, String language) throws IOException {
        HttpRequest.Builder post = HttpRequest.newBuilder(url)
                .header("Content-Type", "application/json")
                .header("Accept-Language", language)
                .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(request)));
        if (token != null) {
            post.header("Authorization", "Bearer " + token);
        }
        HttpResponse<byte[]> response = answer(post.build());
        JsonNode verdict;
        try {
            verdict = JSON.readTree(response.body());
        } catch (IOException e) {
            throw new IOException("status " + response.statusCode() + ", not JSON");
        }
        String decision = verdict.path("decision").asText();
        boolean known = decision.equals("accept") || decision.equals("reject");
        // 503 carries the answer that the server is told to give when it cannot decide.
        if (!known || response.statusCode() != 200 && response.statusCode() != 503) {
            throw new IOException("status " + response.statusCode());
        }
        return verdict;
    }

    /** The time-out of a request ends with the headers: this one is of the whole answer. */
    private HttpResponse<byte[]> answer(HttpRequest request) throws IOException {
        CompletableFuture<HttpResponse<byte[]>> pending = http.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray());
        try {
            return pending.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            pending.cancel(true);
            throw new IOException("no answer within " + TIMEOUT.toSeconds() + " s");
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getClass().getSimpleName());
        } catch (InterruptedException e) {
            pending.cancel(true);
            Thread.currentThread().interrupt();
            throw new IOException("interrupted");
        }
    }
}
