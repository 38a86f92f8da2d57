using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Storage;
using Roost.Services.Users;

namespace Roost.Services.Collections;

/// <summary>The services that Collections asks: who wants to be found, and who blocks whom.</summary>
public sealed record CollectionsPeers(UsersApi Users, GraphApi Graph);

/// <summary>
/// The Collections service: accounts that people recommend, in <c>collections.db</c>. Nothing is in memory; a page of
/// collections costs a few look-ups in SQL, one of all accounts on it, and one of ties for each who made one.
/// </summary>
/// <remarks>
/// Every account is of this server, so whoever may be recommended is so at once; no item ever waits. Whoever leaves is
/// kept, as one who has left, so that the maker cannot put them in again.
/// </remarks>
public sealed class CollectionsService : IAsyncDisposable
{
    /// <summary>The database's name.</summary>
    public const string Name = "collections";

    private const int OffsetMax = 10_000;
    private const int LimitMax = 80;

    private readonly SqlDatabase _database;
    private readonly CollectionsStore _store;
    private readonly CollectionsPeers _peers;
    private readonly TimeProvider _time;

    private CollectionsService(SqlDatabase database, CollectionsPeers peers, TimeProvider time)
    {
        (_database, _store, _peers, _time) = (database, new CollectionsStore(database), peers, time);
        Api = new CollectionsApi(
            Make: MakeAsync,
            Change: async (request, call) =>
            {
                var traits = CollectionRules.Checked(request.Traits, isNew: false);
                var changed = await _store.ChangeAsync(
                    request with { Traits = traits }, Now(), call.Cancellation);
                return changed is null ? null : (await SeenAsync(request.Account, [changed], call))[0];
            },
            End: (request, call) => _store.EndAsync(request, call.Cancellation),
            Get: async (request, call) => _store.Get(request.Id) is { } found
                ? (await SeenAsync(request.Viewer, [found], call))[0]
                : null,
            List: ListAsync,
            Add: AddAsync,
            Remove: (request, call) => _store.RemoveAsync(request, Now(), call.Cancellation),
            Leave: (request, call) => _store.LeaveAsync(request, Now(), call.Cancellation),
            Erase: (request, call) => _store.EraseAsync(request.Account, call.Cancellation));
    }

    /// <summary>The service's functions, bare.</summary>
    public CollectionsApi Api { get; }

    /// <summary>Opens <c>collections.db</c> in the directory, or makes it.</summary>
    /// <exception cref="ServiceException">The data cannot be used; says why.</exception>
    public static CollectionsService Open(
        DataDirectory data, CollectionsPeers peers, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(data);
        var logger = loggers.CreateLogger<CollectionsService>();
        return new CollectionsService(SqlDatabase.Open(data, Name, time, logger, meters), peers, time);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private async ValueTask<AccountCollection> MakeAsync(MakeCollection request, Call call)
    {
        var traits = CollectionRules.Checked(request.Traits, isNew: true);
        AccountId[] members = [.. request.Members.Distinct()];
        if (members.Length > AccountCollection.ItemsMax)
        {
            throw CollectionRules.TooMany(
                $"Accounts are too many; a collection has {AccountCollection.ItemsMax} at most");
        }
        if (!await MayRecommendAsync(request.Account, members, call))
            throw new ServiceException(ErrorCode.NotFound, "Record not found");
        return await _store.MakeAsync(
            request with { Traits = traits, Members = members }, Now(), call.Cancellation);
    }

    private async ValueTask<CollectionItem?> AddAsync(AddToCollection request, Call call)
    {
        if (_store.Get(request.Id) is not { } found) return null;
        if (found.Account != request.Account) throw CollectionRules.NotYours();
        return await MayRecommendAsync(request.Account, [request.Member], call)
            ? await _store.AddAsync(request, Now(), call.Cancellation)
            : null;
    }

    private async ValueTask<CollectionPage> ListAsync(ListCollections request, Call call)
    {
        if (request.Offset is < 0 or > OffsetMax || request.Limit is < 1 or > LimitMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                $"Offset {request.Offset} and limit {request.Limit} are not possible; take 0 to {OffsetMax}, and 1 to "
                + $"{LimitMax}.");
        }
        if (request.WithAccount && request.Viewer != request.Account) throw CollectionRules.NotYours();
        var found = _store.List(request);
        var hasMore = found.Count > request.Limit;
        if (hasMore) found.RemoveAt(request.Limit);
        var seen = await SeenAsync(request.Viewer, found, call);
        return new CollectionPage([.. seen.OfType<AccountCollection>()], hasMore);
    }

    /// <summary>Whether all of them are there.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Forbidden"/>: one may not be recommended.</exception>
    private async ValueTask<bool> MayRecommendAsync(AccountId maker, AccountId[] members, Call call)
    {
        if (members.Length == 0) return true;
        var accounts = await _peers.Users.Get(new GetAccounts(members), call);
        if (Array.Exists(accounts, account => account is null)) return false;
        var ties = await _peers.Graph.Relationships(new GetRelationships(maker, members), call);
        for (var i = 0; i < members.Length; i++)
        {
            if (accounts[i]!.Profile.Discoverable is not true || IsBlock(ties[i])) throw CollectionRules.NotYours();
        }
        return true;
    }

    /// <summary>What the viewer may see of each, in order; null where that is nothing.</summary>
    private async ValueTask<AccountCollection?[]> SeenAsync(
        AccountId viewer, IReadOnlyList<AccountCollection> found, Call call)
    {
        AccountId[] named = [.. found.SelectMany(one => one.Items.Select(item => item.Account).Append(one.Account))
            .Distinct()];
        if (named.Length == 0) return [];
        var hidden = await HiddenAsync(viewer, named, call);
        var ofMakers = new Dictionary<AccountId, HashSet<AccountId>>();
        foreach (var maker in found.Select(one => one.Account).Distinct())
            ofMakers[maker] = await BlocksAsync(maker, named, call);
        return [.. found.Select(one => hidden.Contains(one.Account) ? null : one with
        {
            Items = [.. one.Items.Where(
                item => !hidden.Contains(item.Account) && !ofMakers[one.Account].Contains(item.Account))],
        })];
    }

    private async ValueTask<HashSet<AccountId>> HiddenAsync(AccountId viewer, AccountId[] named, Call call)
    {
        var accounts = await _peers.Users.Get(new GetAccounts(named), call);
        var hidden = viewer.IsNone ? [] : await BlocksAsync(viewer, named, call);
        for (var i = 0; i < named.Length; i++)
        {
            if (accounts[i] is null) hidden.Add(named[i]);
        }
        return hidden;
    }

    private async ValueTask<HashSet<AccountId>> BlocksAsync(AccountId account, AccountId[] others, Call call)
    {
        var ties = await _peers.Graph.Relationships(new GetRelationships(account, others), call);
        return [.. others.Where((_, i) => IsBlock(ties[i]))];
    }

    private static bool IsBlock(in Relationship tie) => tie.Blocking || tie.BlockedBy;

    private DateTimeOffset Now() => _time.GetUtcNow();
}
