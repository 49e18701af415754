package pw.veto.keycloak;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.keycloak.models.KeycloakContext;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.policy.PasswordPolicyProvider;
import org.keycloak.policy.PolicyError;

/** The password policy "Veto": a new password has to be accepted by a Veto server. */
final class VetoPolicyProvider implements PasswordPolicyProvider {
    private static final System.Logger LOG = System.getLogger(VetoPolicyProvider.class.getName());

    private final VetoClient client;
    private final KeycloakContext context;

    VetoPolicyProvider(VetoClient client, KeycloakContext context) {
        this.client = client;
        this.context = context;
    }

    @Override
    public PolicyError validate(RealmModel realm, UserModel user, String password) {
        Map<String, Object> request = new HashMap<>();
        put(request, "account", user.getUsername());
        put(request, "mail", user.getEmail());
        List<String> names = new ArrayList<>();
        for (String name : new String[] {user.getFirstName(), user.getLastName()}) {
            if (name != null && !name.isBlank()) {
                names.add(name);
            }
        }
        request.put("names", names);
        return judge(request, password, user);
    }

    /** For who has no account yet: the name is that of the form. */
    @Override
    public PolicyError validate(String user, String password) {
        Map<String, Object> request = new HashMap<>();
        put(request, "account", user);
        return judge(request, password, null);
    }

    private PolicyError judge(Map<String, Object> request, String password, UserModel user) {
        request.put("password", password);
        try {
            JsonNode verdict = client.check(request, language(user));
            return verdict.get("decision").asText().equals("accept") ? null : refusal(verdict);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.ERROR, "check: " + e.getMessage());
            return new PolicyError("vetoUnavailable");
        }
    }

    /** The reasons, then each advice once; the sentence around them is in theme-resources. */
    private static PolicyError refusal(JsonNode verdict) {
        Set<String> messages = new LinkedHashSet<>();
        Set<String> advice = new LinkedHashSet<>();
        for (JsonNode reason : verdict.path("reasons")) {
            messages.add(reason.path("message").asText());
            if (reason.hasNonNull("advice")) {
                advice.add(reason.path("advice").asText());
            }
        }
        return new PolicyError("vetoRefused", String.join(", ", messages), String.join(" ", advice));
    }

    private String language(UserModel user) {
        Locale locale = context.resolveLocale(user);
        return locale == null ? "en" : locale.toLanguageTag();
    }

    private static void put(Map<String, Object> request, String name, String value) {
        if (value != null && !value.isBlank()) {
            request.put(name, value);
        }
    }

    @Override
    public Object parseConfig(String value) {
        return null;
    }

    @Override
    public void close() {
    }
}
