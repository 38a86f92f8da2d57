using System.Text.Json;
using Roost.Services.Translation;
using Roost.Tests.Services.Translation;
using Xunit;

namespace Roost.Tests.Web.Conformance;

/// <summary>
/// The client API against its published schema: each served operation is visited on a populated server, and what it
/// answers must be what the schema says.
/// </summary>
public sealed class ConformanceTests
{
    /// <param name="isApart">Whether the client port is a server of its own.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_answer_is_what_the_schema_says(bool isApart)
    {
        var api = OpenApi.Load();
        await using var translator = await FakeTranslator.StartAsync();
        await using var server = await PopulatedServer.StartAsync(
            translation: new TranslationOptions { Server = translator.Url }, isApart: isApart);
        var problems = new List<string>();

        foreach (var visit in AllVisits.InOrder)
        {
            var operation = api.Operations.SingleOrDefault(one => one.Name == visit.Operation);
            if (operation is null) problems.Add($"{visit.Operation}: the schema has no such operation");
            else problems.AddRange(Problems(api, operation, visit, await visit.Run(server)));
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    [Fact]
    public async Task Every_route_of_the_schema_is_visited_or_truly_absent()
    {
        var api = OpenApi.Load();
        await using var server = await PopulatedServer.StartAsync();
        var table = ServedTable.Of(api, server);

        var unvisited = table.Where(row => row.State == ServedState.Unvisited).Select(row => row.Operation.Name);
        Assert.True(!unvisited.Any(), "Served, but no visit shows it: " + string.Join(", ", unvisited));
        foreach (var row in table.Where(row => row.State == ServedState.NotServed))
        {
            var path = string.Join('/', row.Operation.Path.Split('/').Select(p => p.StartsWith('{') ? "1" : p));
            var reply = await server.SendAsync(new HttpMethod(row.Operation.Method), path, "alice", null);
            Assert.True((int)reply.Status == 404, $"{row.Operation.Name} is not served, yet answers {reply.Status}.");
            Assert.True(reply.Json.TryGetProperty("error", out _), $"{row.Operation.Name}: its 404 has no error.");
        }
    }

    [Fact]
    public async Task The_table_in_the_documentation_is_what_is_served()
    {
        var api = OpenApi.Load();
        await using var server = await PopulatedServer.StartAsync();
        var text = ServedTable.Write(api, ServedTable.Of(api, server));

        await DocumentedFile.HoldsAsync("docs/client-api.md", text, TestContext.Current.CancellationToken);
    }

    private static IEnumerable<string> Problems(OpenApi api, ApiOperation operation, Visit visit, Reply reply)
    {
        var status = (int)reply.Status;
        var isAsTold = visit.RefusedBecause is null ? status is >= 200 and < 300 : status is >= 400 and < 500;
        if (!isAsTold)
            return [$"{visit.Operation}: {status} {reply.Body}"];
        if (operation.SchemaOf(status) is not { } schema) return [];
        var json = reply.Json;
        if (json.ValueKind == JsonValueKind.Array && json.GetArrayLength() == 0 && visit.EmptyBecause is null)
            return [$"{visit.Operation}: an empty list shows nothing; give it something to show"];
        if (visit.IsListOfThese)
        {
            return json.EnumerateArray().SelectMany(item => api.Validator.Validate(item, schema))
                .Select(error => $"{visit.Operation}: {error}");
        }
        return api.Validator.Validate(json, schema).Select(error => $"{visit.Operation}: {error}");
    }
}
