using System.CommandLine;
using Roost.Composition;
using Roost.Rpc;
using Roost.Services.Search;

namespace Roost.Cli.Serve;

/// <summary><c>roost serve search</c>: the search index, or a shard of it.</summary>
internal sealed class SearchPart : ServePart
{
    private const int UsualPort = 4003;

    private readonly RoleOptions _options = new(UsualPort);

    private readonly Option<ShardPlace> _shard = new("--shard")
    {
        Description = "Which part of the posts it has: 2/4 is the second of four. The whole index unless told. "
            + "Those that are started with the same part are replicas of each other.",
        HelpName = "K/N",
        DefaultValueFactory = _ => ShardPlace.Whole,
        CustomParser = result =>
        {
            if (ShardPlace.TryParse(result.Tokens[0].Value, out var place)) return place;
            result.AddError(
                $"--shard must be like 2/4, of at most {ShardPlace.CountMax}, not {result.Tokens[0].Value}.");
            return default;
        },
    };

    private readonly Option<int> _memory = SearchOptionsOf.Memory();

    public SearchPart() : base(
        SearchRole.Name, UsualPort,
        "Run the search index, or a shard of it, over the posts that another process writes.\n\n"
        + $"Example: roost serve search --data search --database '…' --listen http://127.0.0.1:{UsualPort}, and then\n"
        + $"roost up --data rest --database '…' --search http://127.0.0.1:{UsualPort}")
    {
        _options.Data.Description = "A directory of its own: for a copy of the posts and the saved index, which are "
            + "made again when they are lost.";
        _options.Database.Description = "The PostgreSQL database of the network whose posts it follows, as roost up "
            + "has it. It is remembered, without its password.";
    }

    public override IReadOnlyList<Option> Options => [.. _options.All, _shard, _memory];

    public override ServeStart Read(ParseResult parsed, ServePlace place)
    {
        var shard = parsed.GetValue(_shard);
        if (shard != ShardPlace.Whole && place.Has(PostsServer.Name))
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                "With posts in one process the index is whole: leave --shard out, or start the shard in another "
                + "process and give posts --search store.");
        }
        return _options.StartOf(
            SearchRole.Of(shard, SearchOptionsOf.Bytes(parsed.GetValue(_memory))), parsed, place);
    }
}
