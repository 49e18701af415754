// What the example uses of Keycloak 26, declared to compile it where Keycloak is not.
package org.keycloak.policy;

import org.keycloak.provider.ProviderFactory;

public interface PasswordPolicyProviderFactory extends ProviderFactory<PasswordPolicyProvider> {
    String getDisplayName();

    String getConfigType();

    String getDefaultConfigValue();

    boolean isMultiplSupported();
}
