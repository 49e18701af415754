package pw.veto.keycloak;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.keycloak.Config;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.policy.PasswordPolicyProvider;
import org.keycloak.policy.PasswordPolicyProviderFactory;

/** Makes the policy "Veto" of the options url and token-file of its SPI. */
public final class VetoPolicyProviderFactory implements PasswordPolicyProviderFactory {
    private VetoClient client;

    @Override
    public String getId() {
        return "veto";
    }

    @Override
    public void init(Config.Scope config) {
        String url = config.get("url");
        try {
            client = new VetoClient(url == null ? "http://127.0.0.1:8080" : url, config.get("token-file"));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // Keycloak does not start without its policy
        }
    }

    @Override
    public PasswordPolicyProvider create(KeycloakSession session) {
        return new VetoPolicyProvider(client, session.getContext());
    }

    @Override
    public void postInit(KeycloakSessionFactory factory) {
    }

    @Override
    public void close() {
    }

    @Override
    public String getDisplayName() {
        return "Veto";
    }

    @Override
    public String getConfigType() {
        return null;
    }

    @Override
    public String getDefaultConfigValue() {
        return null;
    }

    @Override
    public boolean isMultiplSupported() {
        return false;
    }
}
