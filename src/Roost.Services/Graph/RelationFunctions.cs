using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Graph;

/// <summary>The functions of <see cref="RelationsApi"/>: what is answered from memory, what from SQL, and what is
/// refused.</summary>
internal sealed class RelationFunctions
{
    private const int PageItemsMax = 80;
    private const int NoteLengthMax = 2_000;
    private const int DomainLengthMax = 253;

    private readonly GraphWriter _writer;
    private readonly TiesStore _store;
    private readonly TiesTable _ties;
    private readonly FollowGraph _graph;

    public RelationFunctions(GraphWriter writer, TiesStore store, TiesTable ties, FollowGraph graph)
    {
        (_writer, _store, _ties, _graph) = (writer, store, ties, graph);
        Api = new RelationsApi(
            Block: (request, call) => ChangeAsync(
                request.Account, request.Target, work => work.Block(request.Account.Value, request.Target.Value), call),
            Unblock: (request, call) => ChangeAsync(
                request.Account, request.Target, work => work.Unblock(request.Account.Value, request.Target.Value),
                call),
            Mute: MuteAsync,
            Unmute: (request, call) => ChangeAsync(
                request.Account, request.Target, work => work.Unmute(request.Account.Value, request.Target.Value),
                call),
            Answer: (request, call) => ChangeAsync(
                request.Account, request.From, work => work.AnswerRequest(request), call),
            AcceptAll: (request, call) => _ties.Of(request.Account).RequestedBy.Count == 0
                ? new(false)
                : _writer.ChangeAsync(work => work.AcceptAll(request.Account.Value), call.Cancellation),
            Note: NoteAsync,
            Endorse: (request, call) => ChangeAsync(
                request.Account, request.Target, work => work.Endorse(request), call),
            BlockDomain: BlockDomainAsync,
            List: (request, _) => new(List(request)),
            Domains: (request, _) => new(Domains(request)),
            Familiar: (request, _) => new(Familiar(request)),
            CountRequests: (request, _) => new(_ties.Of(request.Account).RequestedBy.Count));
    }

    public RelationsApi Api { get; }

    private ValueTask<bool> ChangeAsync(AccountId account, AccountId target, Action<GraphWork> change, Call call)
    {
        GraphService.RequireAccount(account);
        GraphService.RequireAccount(target);
        if (account == target)
            throw new ServiceException(ErrorCode.Invalid, "That is between two accounts; this is one.");
        return _writer.ChangeAsync(change, call.Cancellation);
    }

    private ValueTask<bool> MuteAsync(Mute request, Call call)
    {
        if (request.For is { } duration && (duration <= TimeSpan.Zero || duration > TimeSpan.FromDays(36_500)))
            throw new ServiceException(ErrorCode.Invalid, $"A mute lasts a second to 100 years, not {duration}.");
        return ChangeAsync(request.Account, request.Target, work => work.Mute(request), call);
    }

    private ValueTask<bool> NoteAsync(SetNote request, Call call)
    {
        if (request.Text.Length > NoteLengthMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                $"Validation failed: Comment is too long (maximum is {NoteLengthMax} characters)");
        }
        GraphService.RequireAccount(request.Account);
        GraphService.RequireAccount(request.Target);
        return _writer.ChangeAsync(work => work.SetNote(request), call.Cancellation);
    }

    private ValueTask<bool> BlockDomainAsync(BlockDomain request, Call call)
    {
        GraphService.RequireAccount(request.Account);
        var domain = request.Domain.Trim().ToLowerInvariant();
        if (domain.Length > DomainLengthMax || !domain.Contains('.', StringComparison.Ordinal)
            || Uri.CheckHostName(domain) != UriHostNameType.Dns)
        {
            throw new ServiceException(ErrorCode.Invalid, "Validation failed: Domain is not a valid domain name");
        }
        return _writer.ChangeAsync(
            work => work.BlockDomain(request with { Domain = domain }), call.Cancellation);
    }

    private RelationPage List(ListRelations request)
    {
        GraphService.RequireAccount(request.Account);
        var isOfList = request.Kind == RelationKind.ListMembers;
        Require(request.Range, isOfList ? 0 : 1);
        if (isOfList && !_ties.Of(request.Account).Lists.Exists(list => list.Id == request.ListId))
            throw new ServiceException(ErrorCode.NotFound, "Record not found");
        return _store.List(request);
    }

    private DomainPage Domains(ListDomainBlocks request)
    {
        GraphService.RequireAccount(request.Account);
        Require(request.Range, 1);
        return _store.Domains(request);
    }

    private SortedIds[] Familiar(GetFamiliar request)
    {
        GraphService.RequireAccount(request.Account);
        var followees = _graph.Followees(request.Account);
        var familiar = new SortedIds[request.Others.Count];
        for (var i = 0; i < familiar.Length; i++)
            familiar[i] = SortedIds.Intersect(followees, _graph.Followers(request.Others[i]));
        return familiar;
    }

    private static void Require(RelationRange range, int limitMin)
    {
        if (range.Limit < limitMin || range.Limit > PageItemsMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"A page has {limitMin} to {PageItemsMax} items, not {range.Limit}.");
        }
        if (range.Before < 0 || range.After < 0)
            throw new ServiceException(ErrorCode.Invalid, "The ids to page by are not negative.");
    }
}
