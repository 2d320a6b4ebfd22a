package pyflow;
import com.google.gerrit.extensions.annotations.Exports;
import com.google.gerrit.extensions.config.DownloadScheme;
import com.google.gerrit.server.CurrentUser;
import com.google.gerrit.server.config.CanonicalWebUrl;
import com.google.gerrit.server.ssh.SshAdvertisedAddresses;
import com.google.inject.AbstractModule;
import com.google.inject.Inject;
import com.google.inject.Provider;
import java.util.List;
import java.util.Optional;

/** What the download-commands plugin gives: the places that `fetch` in RevisionInfo names. */
public class DownloadSchemes extends AbstractModule {
  @Override protected void configure() {
    bind(DownloadScheme.class).annotatedWith(Exports.named("ssh")).to(Ssh.class);
    bind(DownloadScheme.class).annotatedWith(Exports.named("http")).to(Http.class);
    bind(DownloadScheme.class).annotatedWith(Exports.named("anonymous http")).to(Anonymous.class);
  }
  abstract static class Base extends DownloadScheme {
    @Inject @CanonicalWebUrl Provider<String> url;
    @Inject Provider<CurrentUser> user;
    @Inject @SshAdvertisedAddresses List<String> ssh;
    Optional<String> name() { return user.get().getUserName(); }
    @Override public boolean isAuthRequired() { return true; }
    @Override public boolean isAuthSupported() { return true; }
    @Override public boolean isEnabled() { return true; }
    public boolean isHidden() { return false; }
  }
  static class Ssh extends Base {
    @Override public String getUrl(String p) { return name().isPresent() && !ssh.isEmpty() ? "ssh://" + name().get() + "@" + ssh.get(0) + "/" + p : null; }
  }
  static class Http extends Base {
    @Override public String getUrl(String p) { return name().isPresent() ? url.get().replaceFirst("://", "://" + name().get() + "@") + "a/" + p : null; }
  }
  static class Anonymous extends Base {
    @Override public String getUrl(String p) { return url.get() + p; }
    @Override public boolean isAuthRequired() { return false; }
    @Override public boolean isAuthSupported() { return false; }
  }
}
