// Opens GraphiQL on this shop. Whoever asks puts their own token into the headers below the query.
const first = `# Ctrl-Enter asks. Put your access token or API key into "Headers" below, after "Bearer".
{
  products(first: 5, sort: NAME_ASC) {
    nodes { sku name price { amount currency } available stock { store { code } available } }
    pageInfo { hasNextPage endCursor }
  }
}
`;
const page = React.createElement(GraphiQL, {
  fetcher: GraphiQL.createFetcher({ url: "/graphql" }),
  defaultQuery: first,
  defaultHeaders: '{ "Authorization": "Bearer " }',
  defaultEditorToolsVisibility: "headers",
  shouldPersistHeaders: false,
});
ReactDOM.createRoot(document.getElementById("graphiql")).render(page);
