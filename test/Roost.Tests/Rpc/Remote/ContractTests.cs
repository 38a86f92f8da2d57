using CsCheck;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Grpc.Net.Client;
using Grpc.Reflection.V1Alpha;
using Roost.Rpc;
using Roost.Rpc.Remote;
using Roost.Services.Timelines;
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
        Assert.Contains(files, file => FileDescriptorProto.Parser.ParseFrom(file).Name
            == "Users/users.proto");
    }

    [Fact]
    public async Task A_server_tells_with_a_contract_those_that_it_imports()
    {
        await using var host = await RemoteHost.StartAsync(services => services.Describe(TimelinesRemote.Contract, "Timelines"));
        using var channel = GrpcChannel.ForAddress(host.Address);
        using var talk = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(
            cancellationToken: TestContext.Current.CancellationToken);

        await talk.RequestStream.WriteAsync(
            new ServerReflectionRequest { FileContainingSymbol = "roost.timelines.v1.Timelines" },
            TestContext.Current.CancellationToken);
        await talk.ResponseStream.MoveNext(TestContext.Current.CancellationToken);
        var told = talk.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto;

        var files = told.Select(bytes => FileDescriptorProto.Parser.ParseFrom(bytes)).ToArray();
        Assert.Contains("Posts/posts.proto", files.Single(file => file.Name == "Timelines/timelines.proto").Dependency);
        Assert.Empty(files.SelectMany(file => file.Dependency).Except(files.Select(file => file.Name)));
    }

    [Fact]
    public void Contracts_are_told_as_they_are_written()
    {
        var told = typeof(UsersRemote).Assembly.GetTypes().Select(type => type.GetProperty("Contract"))
            .Where(property => property?.PropertyType == typeof(Contract))
            .Select(property => ((Contract)property!.GetValue(null)!).Descriptor).ToDictionary(file => file.Name);
        var written = typeof(ContractTests).Assembly.GetTypes()
            .Where(type => type.Name.EndsWith("Reflection", StringComparison.Ordinal))
            .Select(type => type.GetProperty("Descriptor")?.GetValue(null)).OfType<FileDescriptor>().ToArray();

        Assert.Equal(told.Keys.Order(), written.Select(file => file.Name).Order());
        Assert.All(written, file => Assert.Equal(ToldBy(file), ToldBy(told[file.Name])));
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

    /// <summary>All that a contract says, line by line.</summary>
    private static string[] ToldBy(FileDescriptor file) =>
    [
        file.Package,
        .. file.Dependencies.Select(import => import.Name).Order(),
        .. from message in file.MessageTypes
           from field in message.Fields.InFieldNumberOrder()
           select $"{message.Name}.{field.Name} = {field.FieldNumber}: {field.FieldType} {field.IsRepeated} {field.HasPresence}"
               + (field.FieldType == FieldType.Message ? field.MessageType.FullName : "")
               + (field.FieldType == FieldType.Enum ? field.EnumType.FullName : ""),
        .. from type in file.EnumTypes
           from value in type.Values
           select $"{value.FullName} = {value.Number}",
        .. from service in file.Services
           from method in service.Methods
           select $"{method.FullName}: {method.InputType.FullName}, {method.OutputType.FullName}, {method.GetOptions()}",
    ];
}
