using System.CommandLine;
using Roost.Cli.Serve;
using Roost.Composition;
using Roost.Rpc;
using Roost.Services.Search;

namespace Roost.Cli;

/// <summary>The options about the search index that commands share.</summary>
internal static class SearchOptionsOf
{
    private const int MemoryMin = 64;

    public static Option<int> Memory()
    {
        var option = new Option<int>("--search-memory")
        {
            Description = "How much memory the search index may take, in MiB, 64 and up: 2048 unless told. Posts that "
                + "do not fit are read from its files.",
            HelpName = "MIB",
            DefaultValueFactory = _ => 2_048,
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < MemoryMin)
                result.AddError($"--search-memory must be {MemoryMin} or more, in MiB.");
        });
        return option;
    }

    public static long Bytes(int mebibytes) => (long)mebibytes << 20;

    public static Option<string[]> Elsewhere() => new("--search")
    {
        Description = "Where the search index runs that 'roost serve search' started, instead of in this process: its "
            + "URL, or the word store when it is found through --store. Of several shards give the URLs in their "
            + "order; those that follow are second replicas, in the same order.",
        HelpName = "URL|store",
    };

    public static Option<int> Shards()
    {
        var option = new Option<int>("--search-shards")
        {
            Description = "How many shards the index elsewhere has (the N of 'roost serve search --shard K/N'); one "
                + "unless told.",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        NetworkOptions.Between(option, 1, ShardPlace.CountMax);
        return option;
    }

    /// <summary>Where each shard is, in their order; null: in this process.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: they do not fit together.</exception>
    public static IReadOnlyList<Elsewhere>? Read(string[] given, int shards, string[] store)
    {
        if (given.Length == 0)
        {
            return shards == 1
                ? null
                : throw new ServiceException(
                    ErrorCode.Invalid, "--search-shards is of an index elsewhere: say where, with --search.");
        }
        if (given is [NodeArguments.InStore])
        {
            return store.Length > 0
                ? [.. Enumerable.Repeat(new Elsewhere([], PlaceOptions.StoreOf(store)), shards)]
                : throw new ServiceException(
                    ErrorCode.Invalid, "--search store looks for the index in the store: name that with --store URL.");
        }
        var urls = PlaceOptions.Urls("--search", given);
        if (urls.Count % shards != 0)
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                $"--search is given {urls.Count} times for {shards} shards: name each as often as the others.");
        }
        return
        [
            .. Enumerable.Range(0, shards).Select(
                shard => new Elsewhere([.. urls.Where((_, i) => i % shards == shard)], [])),
        ];
    }
}
