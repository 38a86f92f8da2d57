using CsCheck;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Net.Client;
using Grpc.Reflection.V1Alpha;
using Roost.Rpc;
using Roost.Rpc.Remote;
using Roost.Services.Users;
using Xunit;
using Proto = Roost.Users.V1;

namespace Roost.Tests.Rpc.Remote;

/// <summary>What other people's tools, told by the <c>.proto</c> files, and our servers say to each other.</summary>
public sealed class ContractTests
{
    [Fact]
    public async Task A_client_made_by_protoc_understands_and_is_understood()
    {
        ListAccounts? got = null;
        var account = new Account(new(7), "ada", "Ada", "", true, false, DateTimeOffset.UnixEpoch.AddTicks(-1))
        {
            Role = AccountRole.Owner,
        };
        await using var host = await FakeUsers.HostAsync(
            FakeUsers.Users with
            {
                Get = (request, _) => new([.. request.Ids.Select(id => id.Value == 7 ? account : null)]),
                Create = (_, _) => throw new ServiceException(ErrorCode.Conflict, "taken"),
            },
            FakeUsers.Moderation with
            {
                List = (request, _) =>
                {
                    got = request;
                    return new([new AccountRecord(
                        account, null, "why", null, null, 4, [("::1", DateTimeOffset.UnixEpoch)])]);
                },
            });
        using var channel = GrpcChannel.ForAddress(host.Address);
        var users = new Proto.Users.UsersClient(channel);
        var moderation = new Proto.Moderation.ModerationClient(channel);

        var accounts = await users.GetAsync(new Proto.GetAccounts { Ids = { 7, 8 } }, cancellationToken: TestContext.Current.CancellationToken);
        var list = await moderation.ListAsync(
            new Proto.ListAccounts
            {
                Standings = new() { Items = { Proto.Standing.Suspended, Proto.Standing.Active } },
                RoleMin = Proto.AccountRole.Admin,
                Username = "",
            },
            cancellationToken: TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(
            async () => await users.CreateAsync(
                new Proto.CreateAccount(), cancellationToken: TestContext.Current.CancellationToken));

        Assert.Null(accounts.Items[1].Value);
        var first = accounts.Items[0].Value;
        Assert.Equal((7, "ada", true, Proto.AccountRole.Owner), (first.Id, first.Username, first.Locked, first.Role));
        Assert.Equal(Timestamp.FromDateTimeOffset(account.CreatedAt), first.CreatedAt);
        Assert.True(first.Profile.Indexable);
        Assert.Equal("public", first.Profile.Posting.Privacy);
        Assert.Equal("::1", list.Items[0].Addresses[0].Ip);
        Assert.False(list.Items[0].HasEmail);
        Assert.Equal([Standing.Suspended, Standing.Active], got!.Standings!);
        Assert.Equal((AccountRole.Admin, "", 100), (got.RoleMin, got.Username, got.Limit));
        Assert.Equal((Grpc.Core.StatusCode.Aborted, "taken"), (refused.StatusCode, refused.Status.Detail));
    }

    [Fact]
    public async Task A_server_tells_what_it_answers()
    {
        await using var host = await FakeUsers.HostAsync(FakeUsers.Users, FakeUsers.Moderation);
        using var channel = GrpcChannel.ForAddress(host.Address);
        using var talk = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(
            cancellationToken: TestContext.Current.CancellationToken);

        await talk.RequestStream.WriteAsync(
            new ServerReflectionRequest { ListServices = "" }, TestContext.Current.CancellationToken);
        await talk.ResponseStream.MoveNext(TestContext.Current.CancellationToken);
        var services = talk.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name);
        await talk.RequestStream.WriteAsync(
            new ServerReflectionRequest { FileContainingSymbol = "roost.users.v1.Users" },
            TestContext.Current.CancellationToken);
        await talk.ResponseStream.MoveNext(TestContext.Current.CancellationToken);
        var files = talk.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto;

        Assert.Superset(new HashSet<string> { "roost.users.v1.Users", "roost.users.v1.Moderation" }, services.ToHashSet());
        Assert.Contains(files, file => Google.Protobuf.Reflection.FileDescriptorProto.Parser.ParseFrom(file).Name
            == "roost/users.proto");
    }

    [Fact]
    public void The_contract_is_told_as_it_is_written()
    {
        var told = UsersRemote.Contract.Descriptor.MessageTypes.ToDictionary(message => message.Name);

        Assert.All(Proto.UsersReflection.Descriptor.MessageTypes, message => Assert.Equal(
            message.Fields.InFieldNumberOrder().Select(field => (field.Name, field.FieldNumber, field.FieldType)),
            told[message.Name].Fields.InFieldNumberOrder().Select(
                field => (field.Name, field.FieldNumber, field.FieldType))));
        Assert.Equal(Proto.UsersReflection.Descriptor.MessageTypes.Count, told.Count);
    }

    [Fact]
    public void Numbers_texts_and_times_are_written_as_protobuf_does()
    {
        Gen.Select(Gen.Long, Gen.String[0, 300], Gen.Int).Sample((number, text, small) =>
        {
            var expected = new Proto.App
            {
                Id = number,
                Name = text,
                ClientId = new string('y', (small & 0xFF) + 1),
            }.ToByteArray();

            var writer = new WireWriter();
            writer.Number(1, number);
            writer.Text(2, text);
            writer.Text(6, new string('y', (small & 0xFF) + 1));
            var written = writer.Written.ToArray();
            writer.Dispose();

            Assert.Equal(Proto.App.Parser.ParseFrom(expected), Proto.App.Parser.ParseFrom(written));
        });
    }

    [Fact]
    public void Bytes_that_are_no_message_are_refused_and_nothing_worse() =>
        Gen.Byte.Array[0, 200].Sample(bytes =>
        {
            try
            {
                var reader = new WireReader(bytes);
                while (reader.Next(out var field))
                {
                    switch (field % 6)
                    {
                        case 0: reader.Number(); break;
                        case 1: reader.Text(); break;
                        case 2: reader.Time(); break;
                        case 3: reader.Numbers([]); break;
                        case 4: reader.Span(); break;
                        default: reader.Skip(); break;
                    }
                }
            }
            catch (ServiceException error)
            {
                Assert.Equal(ErrorCode.Invalid, error.Code);
            }
        });
}
