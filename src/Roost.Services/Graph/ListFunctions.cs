using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Graph;

/// <summary>The functions of <see cref="ListsApi"/>. Lists are read from memory.</summary>
internal sealed class ListFunctions
{
    private const int TitleLengthMax = 256;

    private readonly GraphWriter _writer;
    private readonly TiesTable _ties;

    public ListFunctions(GraphWriter writer, TiesTable ties)
    {
        (_writer, _ties) = (writer, ties);
        Api = new ListsApi(
            All: (request, _) => new(All(ties, request)),
            Get: (request, _) => new(Find(ties, request.Owner, request.Id)),
            Make: MakeAsync,
            Change: ChangeAsync,
            End: (request, call) => _writer.ChangeAsync(work => work.EndList(request), call.Cancellation),
            Members: MembersAsync);
    }

    public ListsApi Api { get; }

    public static AccountList[] All(TiesTable ties, GetLists request)
    {
        GraphService.RequireAccount(request.Owner);
        var lists = ties.Of(request.Owner).Lists;
        return request.With.IsNone
            ? [.. lists]
            : [.. lists.Where(list => list.Members.Contains(request.With))];
    }

    /// <summary>Null when the account has no such list.</summary>
    public static AccountList? Find(TiesTable ties, AccountId owner, long id) =>
        ties.Of(owner).Lists.Find(list => list.Id == id);

    private async ValueTask<AccountList> MakeAsync(MakeList request, Call call)
    {
        GraphService.RequireAccount(request.Owner);
        var title = Title(request.Title);
        return await _writer.ChangeAsync(work => work.MakeList(request with { Title = title }), call.Cancellation);
    }

    private async ValueTask<AccountList?> ChangeAsync(ChangeList request, Call call)
    {
        var title = request.Title is null ? null : Title(request.Title);
        await _writer.ChangeAsync(work => work.ChangeList(request with { Title = title }), call.Cancellation);
        return Find(_ties, request.Owner, request.Id);
    }

    private ValueTask<bool> MembersAsync(ChangeMembers request, Call call)
    {
        foreach (var member in request.Members)
            GraphService.RequireAccount(member);
        return _writer.ChangeAsync(work => work.ChangeMembers(request), call.Cancellation);
    }

    private static string Title(string title)
    {
        var trimmed = title.Trim();
        if (trimmed.Length == 0)
            throw new ServiceException(ErrorCode.Invalid, "Validation failed: Title can't be blank");
        if (trimmed.Length > TitleLengthMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"Validation failed: Title is too long (maximum is {TitleLengthMax} characters)");
        }
        return trimmed;
    }
}
