using System.CommandLine;
using Roost.Composition;
using Roost.Rpc;
using Roost.Rpc.Discovery;

namespace Roost.Cli.Serve;

/// <summary>Options that say where processes are, which those that serve something share.</summary>
internal static class PlaceOptions
{
    public static Option<string> ListenOption(string url) => new("--listen", "-l")
    {
        Description = "Where other processes call it (gRPC): http://ADDRESS:PORT. Whoever reaches it may do "
            + "everything: give an address of this machine, or of a network of its own.",
        HelpName = "URL",
        DefaultValueFactory = _ => url,
    };

    public static Option<string> ZoneOption() => new("--zone")
    {
        Description = "Where it runs, for callers near it to prefer it.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "",
    };

    public static Option<string[]> StoreOption() => new("--store")
    {
        Description = "Through what processes find each other: a file that all of them open, where they are on one "
            + "machine (its whole path, like /var/lib/roost/cluster.db; made when it is missing), or members of an "
            + "etcd cluster, like http://127.0.0.1:2379; give all, with commas between or each with --store.",
        HelpName = "FILE|URL",
    };

    public static Option<string[]> PostsOption() => new("--posts")
    {
        Description = "Where the process runs that 'roost serve posts' started; with --store it is found there. "
            + "Give it again for one that stands by.",
        HelpName = "URL",
    };

    public static Option<string[]> UsersOption() => new("--users")
    {
        Description = "Where the Users service runs that 'roost serve users' started, to ask it directly rather "
            + "than by way of posts; with --store it is found there.",
        HelpName = "URL",
    };

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: neither, or both.</exception>
    public static Elsewhere PostsOf(string[] posts, string[] store)
    {
        if ((posts.Length == 0) == (store.Length == 0))
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                "Say where posts are served: with --posts URL, or with --store through which they are found.");
        }
        return new Elsewhere(Urls("--posts", posts), StoreOf(store));
    }

    public static Option<bool> StandByOption() => new("--stand-by")
    {
        Description = "Where another process serves the same database already, wait for its end and take its place; "
            + "started alone, serve. Each has a data directory of its own. Needs --database, here or before.",
    };

    public static Option<string?> FilesOption() => new("--files")
    {
        Description = "Keep what is in files (pictures, the key of push messages) in this directory instead of the "
            + "data directory: processes that stand by for each other need the same ones. It is remembered.",
        HelpName = "DIR",
    };

    public static Option<string?> AdminOption() => new("--admin")
    {
        Description = "Where those who run it find its state: health, metrics (also for Prometheus), errors, "
            + "levels of logs. Whoever reaches it may change them: give an address of this machine alone, like "
            + "http://127.0.0.1:3001. Without it nothing is "
            + "measured, unless OTEL_EXPORTER_OTLP_ENDPOINT names a collector.",
        HelpName = "URL",
    };

    /// <summary>Each text may have several, with commas between.</summary>
    public static IReadOnlyList<Uri> Urls(string option, string[] texts) =>
        [.. texts.SelectMany(text => text.Split(',')).Select(text => UrlOf(option, text))];

    /// <summary>Where the store is that <see cref="StoreOption"/> names, as <see cref="ClusterStores.Open"/> takes
    /// it.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it is in no place, or in several.
    /// </exception>
    public static IReadOnlyList<Uri> StoreOf(string[] texts)
    {
        Uri[] places =
        [
            .. texts.SelectMany(text => text.Split(',')).Select(
                text => Uri.TryCreate(text, UriKind.Absolute, out var file) && file is { IsFile: true, IsUnc: false }
                    ? file
                    : UrlOf("--store", text, "http://127.0.0.1:2379, or the whole path of a file")),
        ];
        return places.Length > 1 && places.Any(place => place.IsFile)
            ? throw new ServiceException(
                ErrorCode.Invalid, "--store is one file, or members of one etcd: processes look in one place.")
            : places;
    }

    public static Uri UrlOf(string option, string text, string example = "http://127.0.0.1:4001") =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp
            ? url
            : throw new ServiceException(
                ErrorCode.Invalid, $"{option} '{text}' is no URL; give one like {example}.");
}
