using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Collections;
using Roost.Services.Graph;
using Roost.Services.Users;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Collections;

public sealed class CollectionsTests
{
    private static readonly AccountId _ann = new(1);
    private static readonly AccountId _ben = new(2);
    private static readonly AccountId _cyd = new(3);
    private static readonly AccountId _dot = new(4);

    private static Call Call => TestNetwork.Call;

    [Fact]
    public async Task A_collection_is_there_after_a_restart_as_it_was_changed()
    {
        await using var network = await StartAsync();
        var made = await MakeAsync(network, "Birds", _ben, _cyd);
        await network.Collections.Change(
            new ChangeCollection(_ann, made.Id, new CollectionTraits(Description: "of a feather", Tag: "#birds")), Call);
        await network.Collections.Remove(new RemoveFromCollection(_ann, made.Id, made.Items[0].Id), Call);
        await network.Collections.Add(new AddToCollection(_ann, made.Id, _dot), Call);

        await network.RestartAsync();
        var found = await GetAsync(network, default, made.Id);

        Assert.Equal(("Birds", "of a feather", "birds"), (found!.Name, found.Description, found.Tag));
        Assert.Equal([_cyd, _dot], found.Items.Select(item => item.Account));
        Assert.True(await network.Collections.End(new EndCollection(_ann, made.Id), Call));
        Assert.Null(await GetAsync(network, _ann, made.Id));
        var next = await MakeAsync(network, "Others");
        Assert.True(next.Id > made.Id, "An id is never given again.");
    }

    [Fact]
    public async Task Nobody_sees_whom_a_block_parts_from_the_maker_or_from_themself()
    {
        await using var network = await StartAsync();
        var made = await MakeAsync(network, "Birds", _ben, _cyd);
        await network.Relations.Block(new Block(_ben, _dot), Call);
        Assert.Equal([_cyd], (await GetAsync(network, _dot, made.Id))!.Items.Select(item => item.Account));
        Assert.Equal([_ben, _cyd], (await GetAsync(network, default, made.Id))!.Items.Select(item => item.Account));

        await network.Relations.Block(new Block(_cyd, _ann), Call);

        Assert.Equal([_ben], (await GetAsync(network, default, made.Id))!.Items.Select(item => item.Account));
        Assert.Null(await GetAsync(network, _cyd, made.Id));
        Assert.Empty((await ListAsync(network, _cyd, _ann)).Items);
        Assert.Empty((await ListAsync(network, _cyd, _cyd, withAccount: true)).Items);
    }

    [Fact]
    public async Task Hidden_accounts_are_in_no_collection_and_have_none_until_they_are_back()
    {
        await using var network = await StartAsync();
        var made = await MakeAsync(network, "Birds", _ben);
        await network.Moderation.Change(new ChangeStanding(_ben, Suspended: true), Call);
        Assert.Empty((await GetAsync(network, default, made.Id))!.Items);
        await network.Moderation.Change(new ChangeStanding(_ann, Suspended: true), Call);
        Assert.Null(await GetAsync(network, default, made.Id));

        await network.Moderation.Change(new ChangeStanding(_ann, Suspended: false), Call);
        await network.Moderation.Change(new ChangeStanding(_ben, Suspended: false), Call);

        Assert.Equal([_ben], (await GetAsync(network, default, made.Id))!.Items.Select(item => item.Account));
    }

    [Fact]
    public async Task Only_who_wants_to_be_found_can_be_put_in_and_who_has_left_stays_out()
    {
        await using var network = await StartAsync();
        await network.Users.Change(new ChangeAccount(_dot, Profile: new ProfileChange { Discoverable = false }), Call);
        var made = await MakeAsync(network, "Birds", _ben);
        await RefusedAsync(ErrorCode.Forbidden, () => network.Collections.Add(new(_ann, made.Id, _dot), Call));
        await RefusedAsync(ErrorCode.Invalid, () => network.Collections.Add(new(_ann, made.Id, _ben), Call));
        await RefusedAsync(ErrorCode.Forbidden, () => network.Collections.Leave(new(_cyd, made.Id, 1), Call));

        Assert.True(await network.Collections.Leave(new LeaveCollection(_ben, made.Id, made.Items[0].Id), Call));

        Assert.Empty((await GetAsync(network, _ann, made.Id))!.Items);
        await RefusedAsync(ErrorCode.Invalid, () => network.Collections.Add(new(_ann, made.Id, _ben), Call));
        Assert.Null(await network.Collections.Add(new AddToCollection(_ann, made.Id, new AccountId(99)), Call));
        Assert.Null(await network.Collections.Add(new AddToCollection(_ann, 99, _cyd), Call));
    }

    [Fact]
    public async Task Others_find_discoverable_ones_only_and_change_none()
    {
        await using var network = await StartAsync();
        var (secret, open) = (await MakeAsync(network, "Secret", _ben), await MakeAsync(network, "Open", _ben));
        await network.Collections.Change(
            new ChangeCollection(_ann, open.Id, new CollectionTraits(Discoverable: true)), Call);

        Assert.Equal(["Open", "Secret"], (await ListAsync(network, _ann, _ann)).Items.Select(one => one.Name));
        Assert.Equal(["Open"], (await ListAsync(network, _ben, _ann)).Items.Select(one => one.Name));
        Assert.Equal(["Open"], (await ListAsync(network, default, _ann)).Items.Select(one => one.Name));
        Assert.Equal(
            ["Open", "Secret"],
            (await ListAsync(network, _ben, _ben, withAccount: true)).Items.Select(one => one.Name));
        await RefusedAsync(
            ErrorCode.Forbidden, () => network.Collections.List(new(_cyd, _ben, true, 0, 40), Call));
        await RefusedAsync(ErrorCode.Forbidden, () => network.Collections.End(new(_ben, secret.Id), Call));
        await RefusedAsync(
            ErrorCode.Forbidden, () => network.Collections.Change(new(_ben, secret.Id, new(Name: "Mine")), Call));
        await RefusedAsync(ErrorCode.Forbidden, () => network.Collections.Add(new(_ben, secret.Id, _cyd), Call));
        await RefusedAsync(
            ErrorCode.Forbidden, () => network.Collections.Remove(new(_ben, secret.Id, secret.Items[0].Id), Call));
    }

    [Fact]
    public async Task There_are_bounds()
    {
        await using var network = await StartAsync(30);
        await RefusedAsync(ErrorCode.Invalid, () => network.Collections.Make(new(_ann, new(Name: " "), []), Call));
        await RefusedAsync(
            ErrorCode.Invalid, () => network.Collections.Make(new(_ann, new(Name: new string('x', 41)), []), Call));
        await RefusedAsync(
            ErrorCode.Invalid, () => network.Collections.Make(new(_ann, new(Name: "x", Tag: "no tag"), []), Call));
        var full = await MakeAsync(network, "Full", [.. Enumerable.Range(2, 25).Select(id => new AccountId(id))]);
        await RefusedAsync(ErrorCode.Invalid, () => network.Collections.Add(new(_ann, full.Id, new(27)), Call));
        for (var i = 1; i < AccountCollection.PerAccountMax; i++) await MakeAsync(network, $"Number {i}");

        await RefusedAsync(ErrorCode.Invalid, () => network.Collections.Make(new(_ann, new(Name: "One more"), []), Call));

        var page = await network.Collections.List(new ListCollections(_ann, _ann, false, 8, 1), Call);
        Assert.Equal(("Number 1", true), (page.Items[0].Name, page.HasMore));
    }

    [Fact]
    public async Task Who_is_deleted_leaves_no_collection_and_is_in_none()
    {
        await using var network = await StartAsync();
        var (anns, bens) = (await MakeAsync(network, "Birds", _ben), await network.Collections.Make(
            new MakeCollection(_ben, new CollectionTraits(Name: "Ben's"), [_ann]), Call));

        await network.Collections.Erase(new EraseCollections(_ann), Call);

        Assert.Null(await GetAsync(network, default, anns.Id));
        Assert.Empty((await GetAsync(network, default, bens.Id))!.Items);
    }

    /// <summary>Everybody wants to be found.</summary>
    private static async Task<TestNetwork> StartAsync(int accounts = 4)
    {
        var network = await TestNetwork.StartAsync(accounts);
        for (var id = 1; id <= accounts; id++)
        {
            await network.Users.Change(
                new ChangeAccount(new AccountId(id), Profile: new ProfileChange { Discoverable = true }), Call);
        }
        return network;
    }

    private static async Task<AccountCollection> MakeAsync(
        TestNetwork network, string name, params AccountId[] members) => await network.Collections.Make(
            new MakeCollection(_ann, new CollectionTraits(Name: name), members), Call);

    private static async Task<AccountCollection?> GetAsync(TestNetwork network, AccountId viewer, long id) =>
        await network.Collections.Get(new GetCollection(viewer, id), Call);

    private static async Task<CollectionPage> ListAsync(
        TestNetwork network, AccountId viewer, AccountId account, bool withAccount = false) =>
        await network.Collections.List(new ListCollections(viewer, account, withAccount, 0, 40), Call);

    private static async Task RefusedAsync<T>(ErrorCode code, Func<ValueTask<T>> ask)
    {
        var refusal = await Assert.ThrowsAsync<ServiceException>(async () => await ask());
        Assert.Equal(code, refusal.Code);
    }
}
